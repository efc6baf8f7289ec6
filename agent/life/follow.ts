import { open, stat } from "node:fs/promises";
import type { AgentResult } from "../../contract/agent-result";
import type { JobFolder } from "../job/job-folder";
import type { Machine } from "../machine/machine";
import type { AgentEvent } from "../../contract/agent-events";
import { supervisorFor } from "./supervisor";

const LOOK_MS = 300;
const PRINT_MS = 1000;
const ALIVE_MS = 2000;
/** After the lifetime: systemd's and the dead-man timer's grace, and the way here. */
const GRACE_MS = 10 * 60_000;

interface FollowOptions {
  /** Bytes of `events.jsonl` that were seen before. @default 0 */
  readonly fromOffset?: number;
  /** Prints one line for people (stderr). */
  readonly say: (line: string) => void;
  /** Prints the commit record (stdout). */
  readonly answer: (record: string) => void;
}

/**
 * Prints what the agent is doing until it is done.
 * @returns exit status: 0 done, 1 the work failed, 2 the agent is gone and left no result
 */
export async function follow(machine: Machine, folder: JobFolder, options: FollowOptions): Promise<number> {
  const spec = await folder.spec();
  const supervisor = await supervisorFor(machine, folder, spec);
  const events = new EventReader(folder.eventsPath, options.fromOffset ?? 0);
  const screen = new Screen(machine, options.say);
  const until = machine.clock.now() + spec.lifetimeMinutes * 60_000 + GRACE_MS;
  let nextAlive = machine.clock.now();
  for (;;) {
    // Looked for before the events are read: what led to the result is in them then.
    const result = await folder.result();
    for (const event of await events.read()) if (event.output !== true) screen.show(event.text);
    if (result !== undefined) {
      screen.flush();
      return report(result, options);
    }
    screen.tick();
    if (machine.clock.now() >= nextAlive) {
      nextAlive = machine.clock.now() + ALIVE_MS;
      if (!(await supervisor.isActive()) && (await folder.result()) === undefined) {
        screen.flush();
        options.say(
          `the agent is gone and left no result: killed, out of memory, or the machine started anew; last seen: ${screen.last || "nothing"}`,
        );
        for (const line of await supervisor.lastWords()) options.say(line);
        options.say('"start" goes on where it stopped');
        return 2;
      }
    }
    if (machine.clock.now() > until) {
      options.say(
        `no result ${spec.lifetimeMinutes + GRACE_MS / 60_000} minutes on; last seen: ${screen.last || "nothing"}`,
      );
      return 2;
    }
    await machine.clock.sleep(LOOK_MS);
  }
}

function report(result: AgentResult, options: FollowOptions): number {
  if (result.ok) {
    for (const [name, why] of Object.entries(result.record.notSent ?? {}))
      options.say(`${name} was not sent: ${why}; it is made from the store`);
    options.answer(JSON.stringify(result.record));
    return 0;
  }
  options.say(`${result.step} failed: ${result.error}`);
  for (const line of result.tail) options.say(line);
  return 1;
}

/** The newest text, at most once a second and never twice. */
class Screen {
  last = "";
  private pending = "";
  private printedAt = -Infinity;

  constructor(
    private readonly machine: Machine,
    private readonly say: (line: string) => void,
  ) {}

  show(text: string): void {
    this.pending = text;
  }

  tick(): void {
    if (this.machine.clock.now() - this.printedAt >= PRINT_MS) this.flush();
  }

  flush(): void {
    if (this.pending === this.last) return;
    this.last = this.pending;
    this.printedAt = this.machine.clock.now();
    this.say(this.pending);
  }
}

/** Reads whole lines as they are appended. */
class EventReader {
  private rest = Buffer.alloc(0);
  private started = false;

  constructor(
    private readonly path: string,
    private offset: number,
  ) {}

  async read(): Promise<AgentEvent[]> {
    const info = await stat(this.path).catch(() => undefined);
    if (info === undefined) return [];
    // An offset from another machine's log, or from inside a line, is no reason to fail.
    if (this.offset > info.size) this.offset = info.size;
    const inLine = !this.started && this.offset > 0;
    if (inLine) this.offset -= 1;
    this.started = true;
    const file = await open(this.path, "r");
    try {
      const chunk = Buffer.alloc(info.size - this.offset);
      const { bytesRead } = await file.read(chunk, 0, chunk.length, this.offset);
      this.offset += bytesRead;
      let data = Buffer.concat([this.rest, chunk.subarray(0, bytesRead)]);
      // One byte was read too early on purpose: if it ends a line, nothing is cut.
      if (inLine) data = data.subarray(data.indexOf(10) + 1);
      const end = data.lastIndexOf(10) + 1;
      this.rest = data.subarray(end);
      return data
        .subarray(0, end)
        .toString("utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as AgentEvent);
    } finally {
      await file.close();
    }
  }
}
