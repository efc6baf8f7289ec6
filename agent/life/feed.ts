import { stat } from "node:fs/promises";
import type { JobFolder } from "../job/job-folder";
import { Supplies, type SupplyKind } from "../job/supplies";
import type { Machine } from "../machine/machine";
import type { AgentSpec } from "../../contract/agent-spec";
import { isAnswer } from "./start";
import { supervisorFor } from "./supervisor";

const LOOK_MS = 300;
const ALIVE_MS = 2000;
/** How long a job's folder may take to appear, and how long an agent may be gone before it counts as gone. */
const FOLDER_MS = 10 * 60_000;
const GONE_MS = 2 * 60_000;

/** Asks somebody: says what is wanted, gets one line; undefined when there is nobody any more. */
type Ask = (wish: object) => Promise<string | undefined>;

/**
 * Gives a running agent credentials or grants. Whoever started this answers each `want` with them, so that they are in no
 * command line, no environment and no file but one on tmpfs. Started before, beside or after the agent; ends with it.
 * @returns exit status: 0 the agent is done, 1 it failed, or nobody answers
 */
export async function feed<T>(
  machine: Machine,
  folder: JobFolder,
  kind: SupplyKind<T>,
  ask: Ask,
  say: (text: string) => void,
): Promise<number> {
  const { clock } = machine;
  const files = new Supplies(folder.path, clock, kind);
  const started = clock.now();
  let aliveAt = started;
  let nextAlive = started;
  for (;;) {
    const spec = await specOf(folder);
    if (spec === undefined) {
      if (clock.now() > started + FOLDER_MS) throw new Error(`${folder.path}: no spec.json after 10 minutes`);
    } else {
      const ended = await howItEnded(folder, spec, started);
      if (ended !== undefined) {
        if (!ended) say(`the agent failed; it needs no ${kind.what} any more`);
        return ended ? 0 : 1;
      }
      if (clock.now() >= nextAlive) {
        nextAlive = clock.now() + ALIVE_MS;
        if (await (await supervisorFor(machine, folder, spec)).isActive()) aliveAt = clock.now();
        if (clock.now() > aliveAt + GONE_MS) {
          say("no agent has run here for two minutes, and there is no result");
          return 1;
        }
      }
      const wish = await files.wish();
      if (wish !== undefined) {
        const line = await ask(wish);
        if (line === undefined) return 1;
        await files.write(line);
      }
    }
    await clock.sleep(LOOK_MS);
  }
}

/** Undefined until there is one: this may be here first. */
async function specOf(folder: JobFolder): Promise<AgentSpec | undefined> {
  return folder.spec().catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw cause;
  });
}

/** Whether the agent succeeded. A failure of an earlier run, which the agent is about to forget, is no end. */
async function howItEnded(folder: JobFolder, spec: AgentSpec, started: number): Promise<boolean | undefined> {
  const result = await folder.result();
  if (result === undefined) return undefined;
  if (isAnswer(result, spec)) return result.ok;
  const info = await stat(folder.resultPath).catch(() => undefined);
  return info !== undefined && info.mtimeMs >= started ? result.ok : undefined;
}
