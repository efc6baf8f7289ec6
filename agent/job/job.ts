import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { identify } from "../machine/alive";
import type { JobFolder } from "./job-folder";
import { workPath } from "./names";
import { StepError } from "./step-error";
import { readJson, writeJson } from "../../contract/json-file";
import type { Machine, RunOptions, RunResult } from "../machine/machine";
import { machinePath } from "../machine/paths";
import { CommandError } from "../machine/processes";
import type { AgentSpec } from "../../contract/agent-spec";
import type { StepName } from "../../contract/commit-record";

/** What every step gets. */
export class Job {
  /** Files of this build; big ones belong here. */
  readonly work: string;
  private step: StepName = "prepare";
  private lastText = "";

  constructor(
    readonly machine: Machine,
    readonly folder: JobFolder,
    readonly spec: AgentSpec,
    readonly signal: AbortSignal,
  ) {
    this.work = workPath(machine, spec);
  }

  enter(step: StepName): void {
    this.step = step;
    this.progress(step);
  }

  /** The longest that any command of it may take. */
  get timeoutMs(): number {
    return this.spec.lifetimeMinutes * 60_000;
  }

  get currentStep(): StepName {
    return this.step;
  }

  /** What a person reads; written when it changes. */
  progress(text: string): void {
    if (text === this.lastText) return;
    this.lastText = text;
    this.folder.event({ at: new Date(this.machine.clock.now()).toISOString(), step: this.step, text });
  }

  output(line: string): void {
    this.folder.event({
      at: new Date(this.machine.clock.now()).toISOString(),
      step: this.step,
      text: line,
      output: true,
    });
  }

  /** Runs a command to its end, whatever that is; its output goes to the event log unless it is `quiet`. */
  async run(
    command: string,
    args: readonly string[],
    options: Partial<Omit<RunOptions, "signal" | "onStart">> & { quiet?: boolean } = {},
  ): Promise<RunResult> {
    this.signal.throwIfAborted();
    // Noted for the agent that comes after this one, should this one be killed: see `takeOver`.
    let noted: Promise<void> = Promise.resolve();
    const result = await this.machine.run(command, args, {
      timeoutMs: this.timeoutMs,
      ...options,
      signal: this.signal,
      onStart: (pid) => {
        noted = this.noteChild(pid);
      },
      onLine: (line) => {
        if (options.quiet !== true) this.output(line);
        options.onLine?.(line);
      },
    });
    await noted;
    this.signal.throwIfAborted();
    return result;
  }

  /** Runs a command that has to succeed; gives its stdout. */
  async must(...[command, args, options]: Parameters<Job["run"]>): Promise<string> {
    const result = await this.run(command, args, options);
    if (result.code !== 0) {
      const cause = new CommandError(`${command} ${args[0] ?? ""}`.trim(), result);
      throw new StepError(cause.message, { tail: result.tail, cause });
    }
    return result.stdout;
  }

  /** A command whose note counts: one at a time. */
  async noteChild(pid: number): Promise<void> {
    const child = await identify(pid);
    if (child !== undefined) await this.folder.writeChild(child);
  }

  /** Reads what an earlier run of this build finished. */
  marker<T>(name: string): Promise<T | undefined> {
    return readJson<T>(join(this.work, `${name}.json`));
  }

  /** Notes that something is finished: after this it is not done again. */
  async mark(name: string, value: object, durable = false): Promise<void> {
    await writeJson(join(this.work, `${name}.json`), value, durable);
  }

  /** Changes when the machine starts anew: files that were not synced before that are not trusted after it. */
  async bootId(): Promise<string> {
    return (await readFile(machinePath(this.machine, "/proc/sys/kernel/random/boot_id"), "utf8")).trim();
  }
}
