/**
 * The Pulumi CLI on the inner stack. The Automation API would do, but it asks several things again around each step, a
 * third of a second each; here every step is one call. `--stack` everywhere: several stacks of one program run at once.
 */
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { isRecord } from "../../contract/is-record";
import { type Decoded, decode } from "../codec";
import type { Run, RunOptions, RunResult, Stop } from "../process";
import { endStrays } from "./strays";
import { type Lock, type Machine, outliveOwners, ownerMark, parseLocks } from "./lock";
import { otherName } from "./name";
import { policyFlags, type PackOfStack } from "../../contract/policy-pack";
import { nameOf } from "../../contract/urn";

export interface CliOptions {
  readonly run: Run;
  readonly stack: string;
  /** Folder of the program. */
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onEvent: (event: EngineEvent) => void;
  readonly onText: (text: string) => void;
  readonly machine: Machine;
  /** Hears of each engine that takes the stack's lock. */
  readonly onEngine?: (pid: number) => void;
  /** Knows of another host's lock that its engine is dead. */
  readonly outlived?: (lock: Lock) => boolean;
  /** That each `up` is held against. */
  readonly policyPack?: PackOfStack | undefined;
}

/** A resource that is in the state. */
export interface LeftResource {
  readonly type: string;
  readonly name: string;
  readonly id: string;
}

export class CliError extends Error {
  constructor(
    readonly command: string,
    readonly result: RunResult,
  ) {
    const said = result.stderr.trim();
    const how = result.killed ? "was killed" : `ended with exit code ${String(result.code)}`;
    super(`pulumi ${command} ${how}${said === "" ? "" : `: ${said}`}`);
    this.name = "CliError";
  }
}

/** Exit code of the CLI for a stack that is not there (3.2xx; the text is looked at too for others). */
const STACK_NOT_FOUND = 6;

/** A lock that comes back after its owner has ended is somebody else's. */
const LOCK_TRIES = 3;

const LIST_TRIES = 5;
const LIST_PAUSE_MS = 300;

const RUN_FLAGS = ["--yes", "--skip-preview", "--json", "--exec-agent", ownerMark(process.pid)];

export class InnerCli {
  private killed = false;

  constructor(private readonly options: CliOptions) {}

  /** True if the last engine that took the stack's lock was killed, and so may have left it. */
  get lockLeft(): boolean {
    return this.killed;
  }

  /**
   * Makes the stack, or finds the one that an earlier run left.
   * @returns `"renamed"` if it was made under another name, whose settings file has taken the place of the stack's own
   */
  async init(secretsProvider: string | undefined, stops: readonly Stop[]): Promise<"created" | "exists" | "renamed"> {
    for (let tries = 1; ; tries++) {
      const result = await this.make(this.options.stack, secretsProvider, stops);
      if (result.code === 0) return "created";
      if (result.stderr.includes("already exists")) return "exists";
      const locks = parseLocks(result.stderr);
      if (locks.length === 0) throw this.failed("stack init", result);
      // A locked stack is there too, and `up` looks at its lock; unless its end was cut off after its state went.
      if ((await this.stacks(stops)).includes(this.options.stack)) return "exists";
      await this.outlive(locks);
      if (tries < LOCK_TRIES) continue;
      await this.makeUnderLock(secretsProvider, stops);
      return "renamed";
    }
  }

  private make(stack: string, secretsProvider: string | undefined, stops: readonly Stop[]): Promise<RunResult> {
    const provider = secretsProvider === undefined ? [] : ["--secrets-provider", secretsProvider];
    return this.pulumi(["stack", "init", stack, "--no-select", ...provider], stops);
  }

  /** The CLI takes a lock off a stack that is there alone; of all that makes one, renaming alone passes over the lock. */
  private async makeUnderLock(secretsProvider: string | undefined, stops: readonly Stop[]): Promise<void> {
    const { stack } = this.options;
    const other = otherName(stack);
    const made = await this.make(other, secretsProvider, stops);
    if (made.code !== 0 && !made.stderr.includes("already exists")) throw this.failed("stack init", made);
    const renamed = await this.pulumi(["stack", "rename", stack, "--stack", other], stops);
    if (renamed.code !== 0) throw this.failed("stack rename", renamed);
    await this.cancel(stops);
  }

  /** Takes the lock off. */
  private async cancel(stops: readonly Stop[]): Promise<void> {
    const unlocked = await this.pulumi(["cancel", "--yes", ...this.onStack()], stops);
    if (unlocked.code !== 0) throw this.failed("cancel", unlocked);
  }

  private async outlive(locks: readonly Lock[]): Promise<void> {
    await outliveOwners(this.options.stack, locks, this.options.machine, this.options.outlived);
    endStrays(this.options.stack);
  }

  /** Names of all stacks of the program's project. */
  async stacks(stops: readonly Stop[]): Promise<readonly string[]> {
    let result = await this.pulumi(["stack", "ls", "--json"], stops);
    // The file backend writes states in place: a list may catch one that is half written.
    for (let tries = 1; result.code !== 0 && tries < LIST_TRIES; tries++) {
      await this.options.machine.sleep(LIST_PAUSE_MS);
      result = await this.pulumi(["stack", "ls", "--json"], stops);
    }
    if (result.code !== 0) throw this.failed("stack ls", result);
    const list: unknown = JSON.parse(result.stdout);
    return records(list).map(({ name }) => (typeof name === "string" ? (name.split("/").pop() ?? name) : ""));
  }

  /** The value goes over standard input: arguments can be read by everybody on this machine. */
  async setSecret(key: string, value: string, stops: readonly Stop[]): Promise<void> {
    const args = ["config", "set", "--secret", key, ...this.onStack()];
    const result = await this.pulumi(args, stops, { stdin: value });
    if (result.code !== 0) throw this.failed(`config set --secret ${key}`, result);
  }

  async up(stops: readonly Stop[]): Promise<void> {
    const { policyPack } = this.options;
    await this.locking(["up", ...RUN_FLAGS, ...(policyPack === undefined ? [] : policyFlags(policyPack))], stops);
  }

  /**
   * Reads anew what the state has, and forgets what an interrupted run was just creating. May be killed.
   * @returns false if the stack is not there
   */
  refresh(stops: readonly Stop[]): Promise<boolean> {
    return this.whereThere(["refresh", ...RUN_FLAGS, "--clear-pending-creates"], stops);
  }

  /** @returns false if the stack is not there */
  destroy(remove: boolean, stops: readonly Stop[]): Promise<boolean> {
    return this.whereThere(["destroy", ...RUN_FLAGS, ...(remove ? ["--remove"] : [])], stops);
  }

  private async whereThere(args: readonly string[], stops: readonly Stop[]): Promise<boolean> {
    try {
      await this.locking(args, stops);
      return true;
    } catch (error) {
      if (error instanceof CliError && isStackMissing(error.result)) return false;
      throw error;
    }
  }

  /** The outputs of the program, secrets included. */
  async outputs(stops: readonly Stop[]): Promise<Decoded> {
    const stack = (await this.resources(["--show-secrets"], stops)).find(({ type }) => type === "pulumi:pulumi:Stack");
    return decode(stack?.outputs ?? {});
  }

  /** The output `enter` of the program or of one of its components, where no secret. */
  async enter(stops: readonly Stop[]): Promise<string | undefined> {
    const found = (await this.resources([], stops)).map(({ outputs }) =>
      isRecord(outputs) ? outputs.enter : undefined,
    );
    return found.find((value): value is string => typeof value === "string");
  }

  /** What exists outside of the state: components and providers do not. */
  async left(stops: readonly Stop[]): Promise<readonly LeftResource[]> {
    return (await this.resources([], stops))
      .filter(({ custom, type }) => custom === true && !String(type).startsWith("pulumi:providers:"))
      .map(leftResource);
  }

  /** What an interrupted run was just creating: it may exist or not, no state knows. A refresh forgets it. */
  async pendingCreates(stops: readonly Stop[]): Promise<readonly LeftResource[]> {
    const { pending_operations: pending } = await this.deployment([], stops);
    return records(pending)
      .filter(({ type }) => type === "creating")
      .map(({ resource }) => leftResource(isRecord(resource) ? resource : {}));
  }

  private async resources(flags: readonly string[], stops: readonly Stop[]): Promise<readonly Fields[]> {
    return records((await this.deployment(flags, stops)).resources);
  }

  private async deployment(flags: readonly string[], stops: readonly Stop[]): Promise<Fields> {
    const result = await this.pulumi(["stack", "export", ...flags, ...this.onStack()], stops);
    if (result.code !== 0) throw this.failed("stack export", result);
    const exported: unknown = JSON.parse(result.stdout);
    return isRecord(exported) && isRecord(exported.deployment) ? exported.deployment : {};
  }

  /** Runs what takes the stack's lock; one that a dead process left is removed. */
  private async locking(args: readonly string[], stops: readonly Stop[]): Promise<void> {
    for (let tries = 1; ; tries++) {
      const onStdout = (line: string): void => this.event(line);
      const { onEngine: onStart } = this.options;
      const result = await this.pulumi([...args, ...this.onStack()], stops, {
        onStdout,
        ...(onStart === undefined ? {} : { onStart }),
        onEnd: ({ code, killed }) => (this.killed = killed || code === null),
      });
      if (result.code === 0) return;
      const locks = parseLocks(result.stderr);
      if (locks.length === 0 || tries === LOCK_TRIES) throw this.failed(args[0] ?? "", result);
      await this.outlive(locks);
      await this.cancel(stops);
    }
  }

  private failed(command: string, result: RunResult): CliError {
    this.options.onText(result.stderr);
    return new CliError(command, result);
  }

  private event(line: string): void {
    let event: unknown;
    try {
      event = JSON.parse(line);
    } catch {
      // A line of text among the events: for the log, it has no other meaning here.
      this.options.onText(line);
      return;
    }
    this.options.onEvent(event as EngineEvent);
  }

  private onStack(): readonly string[] {
    return ["--stack", this.options.stack];
  }

  private async pulumi(
    args: readonly string[],
    stops: readonly Stop[],
    {
      onEnd,
      ...more
    }: Pick<RunOptions, "stdin" | "onStdout" | "onStart"> & { onEnd?: (result: RunResult) => void } = {},
  ): Promise<RunResult> {
    for (const { when } of stops) when.throwIfAborted();
    const result = await this.options.run("pulumi", [...args, "--non-interactive", "--color", "never"], {
      cwd: this.options.program,
      env: this.options.env,
      stopWith: "SIGINT",
      stops,
      ...more,
    });
    onEnd?.(result);
    // Whatever it says: it was stopped, and that is why it failed.
    if (result.code !== 0) for (const { when } of stops) when.throwIfAborted();
    return result;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function records(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function leftResource({ type, urn, id }: Fields): LeftResource {
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return { type: text(type), name: nameOf(text(urn)), id: text(id) };
}

function isStackMissing(result: RunResult): boolean {
  return result.code === STACK_NOT_FOUND || /no stack named .* found/.test(result.stderr);
}
