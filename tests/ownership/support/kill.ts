/** Ends runs as a person or a machine does who has no time: with SIGKILL, at a moment that the test names. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../e2e/support/wait";
import { treeOf } from "../../../provider/process-tree";
import type { Running } from "../../e2e/support/pulumi";
import { processes } from "./left";
import { kill } from "../../../standins/world/process";
import type { Stack } from "./stack";
import type { World } from "./world";
import type { Call, Moment } from "./wire";

/** A run that was never reached counts as hung after so many seconds, on a machine that is busy with other tests too. */
const HUNG_SECONDS = 300;
/** How long our plugin may take to notice that its engine is gone and to end what it does. */
const ORPHANS_SECONDS = 60;

export interface Cut {
  /** False if the run ended by itself before its moment came. */
  readonly cut: boolean;
  /** Everything that it printed. */
  readonly text: string;
  /** Of a run that ended by itself. */
  readonly code: number | null;
}

/** When a run is to be cut; asked at each call on the wires, and every tenth of a second. */
export interface When {
  readonly call?: (call: Call, moment: Moment) => boolean;
  /** What the run has printed, and the stack as its state shows it. */
  readonly look?: (text: string) => boolean;
}

/** Kills the engines of a run, outer and inner, not their plugins; waits until these have ended too. */
export async function cutWhen(world: World, stack: Stack, running: Running, when: When): Promise<Cut> {
  let cut = false;
  const strike = (): void => {
    if (cut) return;
    cut = true;
    killEngines(running.pid);
  };
  const deaf = world.wire.listen((call, moment) => {
    if (when.call?.(call, moment) === true) strike();
  });
  const looking = setInterval(() => {
    if (when.look?.(running.text()) === true) strike();
  }, 100);
  try {
    const hung = setTimeout(() => killEngines(running.pid), HUNG_SECONDS * 1000);
    const { code, signal, text } = await running.ended;
    clearTimeout(hung);
    if (!cut && signal !== null) throw new Error(`not done after ${HUNG_SECONDS} s:\n${text}`);
    if (cut) await orphansEnd(world);
    stack.unlock();
    stack.mendState();
    return { cut, text, code };
  } finally {
    clearInterval(looking);
    deaf();
  }
}

/** How long the plugins of clouds go on without their engine. */
const CLOUDS_MS = 1000;

/**
 * Until nothing of an earlier run goes on: our own plugin ends what it does in an orderly way. A cloud's plugin looks for its
 * engine every five minutes only (source: pulumi, sdk/go/common/util/rpcutil, `Healthcheck`): it is not waited for.
 */
async function orphansEnd(world: World): Promise<void> {
  await sleep(CLOUDS_MS);
  for (const { pid } of processes(world).filter((one) => !isOurs(one))) kill(pid);
  await eventually("our plugin to end after its engine was killed", () => !processes(world).some(isOurs) || undefined, {
    seconds: ORPHANS_SECONDS,
    everyMs: 200,
  });
}

const isOurs = ({ command }: { readonly command: string }): boolean =>
  !/-plugin\/main\.ts|pulumi-resource-/.test(command);

/** The outer one first: it must not see the end of the inner ones. */
function killEngines(root: number): void {
  for (const pid of treeOf(root).filter((one) => one === root || isEngine(one))) kill(pid);
}

const isEngine = (pid: number): boolean => read(`/proc/${pid}/comm`).trim() === "pulumi";

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it has ended
  }
}
