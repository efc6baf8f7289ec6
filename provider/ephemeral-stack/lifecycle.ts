/** The life of one inner stack: made or taken up again, run, read, destroyed. */
import { type Decoded, keepAllSecrets, touchesSecret } from "../codec";
import { Interrupt, type Call } from "../handler";
import { alternativeOf } from "../../contract/attempts";
import type { Stop } from "../process";
import type { EphemeralArgs } from "./args";
import type { InnerCli } from "./cli";
import { type FailureContext, failureError, keptError, leftBehindError } from "./failure";
import { bound, stop } from "./bounds";
import type { InnerLog } from "./inner-log";
import { HeldError } from "./lock";
import { type RecordState, recorded } from "./record";
import { refresh } from "./refresh";
import {
  type Encryption,
  changeSetting,
  configText,
  notedSetting,
  qualify,
  removeSettings,
  writeSettings,
} from "./settings-file";
import { StuckError, type StuckWatch } from "./stuck";
import { attemptText, nextAttempt, resumedAttempt } from "./tries";

export interface LifecycleOptions {
  readonly cli: InnerCli;
  readonly stack: string;
  /** Name of the program's own project. */
  readonly project: string;
  readonly args: EphemeralArgs;
  /** The inputs as they came: which of them are secret. */
  readonly inputs: Decoded;
  readonly encryption: Encryption;
  readonly settingsPath: string;
  /** Types of the resources whose create, update or delete has failed; filled by the events. */
  readonly failedTypes: Set<string>;
  /** Rules that the program has broken, by name; filled by the events. */
  readonly refused: ReadonlySet<string>;
  /** Of what should take seconds; hears of it by the events. */
  readonly stuck: StuckWatch;
  readonly log: InnerLog;
  readonly call: Call;
  /** Aborted when the stack is somebody else's by now; `call.gone` is aborted then too. */
  readonly lost?: AbortSignal;
  /** Looks at `args.record`, before the work or after it. */
  readonly look: ((work: "before" | "after") => Promise<RecordState>) | undefined;
}

/** Bound of one destroy. */
const DESTROY_MINUTES = 20;

/** What the inner engine gets to end in an orderly way. Nobody waits when our own engine is gone. */
const GRACE_SECONDS = 60;
const GONE_GRACE_SECONDS = 10;

/** From Ctrl-C to the end at the latest: what runs is stopped, then everything is destroyed. See `INSIST_SECONDS` of a run. */
const CANCEL_MINUTES = Math.ceil((2 * (GRACE_SECONDS + 10)) / 60 + DESTROY_MINUTES);

export class Lifecycle {
  /** A line for each attempt that failed and was followed by another. */
  private readonly earlier: string[] = [];

  constructor(private readonly o: LifecycleOptions) {}

  /** The outputs, `Secret` where they are secret. Afterwards nothing is left, or the error says what. */
  async run(): Promise<Readonly<Record<string, unknown>>> {
    const { args, look } = this.o;
    if (args.record && look) {
      const state = await look("before");
      if (state.kind === "whole") {
        for (const note of state.notes) this.phase(note);
        if (await this.destroy({ remove: true })) this.o.call.log.info(`destroyed left-over stack ${this.o.stack}`);
        return { artifact: state.record };
      }
      if (state.kind === "broken")
        this.phase(`the record ${args.record.object} is not whole (${state.why}): working again`);
    }
    const deadline = bound(
      args.timeoutMinutes,
      `not done after ${String(args.timeoutMinutes)} minutes (timeoutMinutes)`,
    );
    const { stop: cancelled } = this.o.call;
    const tell = () => this.tellCancelled();
    cancelled.addEventListener("abort", tell, { once: true });
    try {
      return await this.work([
        ...this.goneStop(),
        stop(cancelled, GRACE_SECONDS),
        stop(deadline.signal, GRACE_SECONDS),
      ]);
    } finally {
      deadline.clear();
      cancelled.removeEventListener("abort", tell);
    }
  }

  /** @returns false if the stack was not there */
  async destroy(options: { readonly remove: boolean; readonly stops?: readonly Stop[] }): Promise<boolean> {
    const deadline = bound(
      DESTROY_MINUTES,
      `destroying stack ${this.o.stack} took more than ${String(DESTROY_MINUTES)} minutes`,
    );
    const stops = [...this.goneStop(), ...(options.stops ?? []), stop(deadline.signal, GRACE_SECONDS)];
    try {
      const found = await this.destroyTwice(options.remove, stops);
      if (options.remove) removeSettings(this.o.settingsPath);
      return found;
    } finally {
      deadline.clear();
    }
  }

  private async work(stops: readonly Stop[]): Promise<Readonly<Record<string, unknown>>> {
    const { args, cli, stuck, failedTypes } = this.o;
    let attempt = 1;
    let outputs: Readonly<Record<string, unknown>>;
    try {
      const noted = this.notedAttempt();
      let resuming = await this.prepare(stops);
      if (resuming) attempt = resumedAttempt(noted, args);
      let stale = resuming && (await this.takeUp(stops));
      for (; ; resuming = false) {
        this.phase(`${resuming ? `resuming left-over stack ${this.o.stack}, ` : ""}${attemptText(attempt, args)}`);
        failedTypes.clear();
        this.tellAttempt(attempt);
        try {
          // A machine that died in the meantime is made again; one that lives is gone on with.
          if (stale) await this.refresh(stops);
          await stuck.guard((when) => cli.up([...stops, stop(when, GONE_GRACE_SECONDS)]));
          break;
        } catch (error) {
          if (error instanceof StuckError) {
            // What else failed may have failed because the run was ended.
            failedTypes.clear();
            failedTypes.add(error.type);
            this.o.log.add(error.message);
          }
          const next = this.worthAnother(error) ? nextAttempt(attempt, args, failedTypes) : undefined;
          if (next === undefined) throw error;
          const failed = `${attemptText(attempt, args)} failed: ${lastLine(this.o.log)}`;
          this.earlier.push(failed);
          this.o.call.log.warn(failed);
          stale = !(await this.makeRoom(attempt, next, stops));
          attempt = next;
        }
      }
      outputs = await this.outputs(stops);
    } catch (error) {
      throw await this.afterFailure(error, attempt);
    }
    this.phase(`destroying ${this.o.stack}`);
    await this.destroy({ remove: true });
    return outputs;
  }

  /** @returns true if the stack was there */
  private async prepare(stops: readonly Stop[]): Promise<boolean> {
    const { cli, args, inputs, project, encryption } = this.o;
    const isSecret = (key: string): boolean => touchesSecret(inputs, ["config", key]);
    const config = Object.entries(args.config);
    const open = Object.fromEntries(config.filter(([key]) => !isSecret(key)));
    const secret = { ...Object.fromEntries(config.filter(([key]) => isSecret(key))), ...args.secrets };
    const write = (): void => writeSettings(this.o.settingsPath, encryption, qualify(open, project));
    write();
    const made = await cli.init(encryption.secretsprovider, stops);
    if (made === "renamed") write();
    for (const [key, value] of Object.entries(qualify(secret, project)))
      await cli.setSecret(key, configText(value), stops);
    return made === "exists";
  }

  private tellAttempt(attempt: number): void {
    const key = this.attemptKey();
    if (key !== undefined) changeSetting(this.o.settingsPath, key, attempt);
  }

  /** Where a killed run had come to; undefined where it ran on another machine. */
  private notedAttempt(): number | undefined {
    const key = this.attemptKey();
    const noted = key === undefined ? undefined : notedSetting(this.o.settingsPath, key);
    return Number.isSafeInteger(noted) && Number(noted) > 0 ? Number(noted) : undefined;
  }

  private attemptKey(): string | undefined {
    const { args, project } = this.o;
    return args.attemptKey === undefined ? undefined : Object.keys(qualify({ [args.attemptKey]: 0 }, project))[0];
  }

  /** Between two attempts. @returns true if everything is destroyed: another alternative begins from nothing */
  private async makeRoom(attempt: number, next: number, stops: readonly Stop[]): Promise<boolean> {
    const { args, failedTypes } = this.o;
    if (alternativeOf(attempt, args.attempts) === alternativeOf(next, args.attempts))
      return this.startOver([...failedTypes], stops);
    this.phase(`destroying everything, to begin ${attemptText(next, args)}`);
    await this.destroy({ remove: false, stops });
    return true;
  }

  /**
   * Looks at what a killed run was just making, which is in no state.
   * @returns true if a refresh is still to be done
   */
  private async takeUp(stops: readonly Stop[]): Promise<boolean> {
    const pending = await this.o.cli.pendingCreates(stops);
    if (pending.length === 0) return true;
    for (const { type, name } of pending) {
      this.o.call.log.info(`${type} ${name} was being created when the last run was killed`);
    }
    await this.refresh(stops);
    await this.startOver(
      pending.map(({ type }) => type),
      stops,
    );
    return false;
  }

  private refresh(stops: readonly Stop[]): Promise<boolean> {
    const { cli, stack } = this.o;
    return refresh({ cli, stack, stops, say: (text) => this.phase(text) });
  }

  /** Destroys everything if something may be half made; Ctrl-C ends that too. @returns true if it did */
  private async startOver(halfMade: readonly string[], stops: readonly Stop[]): Promise<boolean> {
    const types = halfMade.filter((type) => !this.o.args.continues.includes(type));
    if (types.length === 0) return false;
    this.phase(`${types.join(", ")} may be half made: destroying everything, to begin again`);
    await this.destroy({ remove: false, stops });
    return true;
  }

  private async outputs(stops: readonly Stop[]): Promise<Readonly<Record<string, unknown>>> {
    const { args, look } = this.o;
    if (args.record && look) return { artifact: recorded(await look("after"), args.record.object) };
    return keepAllSecrets(await this.o.cli.outputs(stops));
  }

  private worthAnother(error: unknown): boolean {
    const { finalErrors, finalTypes } = this.o.args;
    const final = error instanceof Interrupt || error instanceof HeldError;
    if (final || this.o.refused.size > 0 || this.o.log.includes(finalErrors)) return false;
    return !finalTypes.some((type) => this.o.failedTypes.has(type));
  }

  /** Cleans up, or keeps what there is; the error to throw. */
  private async afterFailure(error: unknown, attempt: number): Promise<unknown> {
    // Somebody else works on it: nothing of it is ours to destroy.
    if (this.o.call.gone.aborted || error instanceof HeldError) return error;
    const context = { ...this.context(), earlier: this.earlier, attempt: attemptText(attempt, this.o.args) };
    const cancelled = error instanceof Interrupt && error.why === "cancelled";
    if (this.o.args.keepOnFailure && !cancelled) {
      const enter = await this.o.cli.enter(this.goneStop()).catch((cause: unknown) => {
        this.o.call.log.warn(`can't read how to enter: ${String(cause)}`);
        return undefined;
      });
      return keptError(context, error, enter);
    }
    this.phase(`${cancelled ? "cancelled" : "failed"}, destroying ${this.o.stack}`);
    try {
      await this.destroy({ remove: true });
    } catch (destroyError) {
      if (this.o.call.gone.aborted) return destroyError;
      return new AggregateError(
        [error, destroyError],
        `${failureError(context, error).message}\n${(destroyError as Error).message}`,
      );
    }
    return failureError(context, error);
  }

  private async destroyTwice(remove: boolean, stops: readonly Stop[]): Promise<boolean> {
    try {
      return await this.o.cli.destroy(remove, stops);
    } catch (first) {
      if (first instanceof HeldError) throw first;
      for (const { when } of stops) when.throwIfAborted();
      // What somebody else has deleted already is no longer in the way after a refresh.
      this.phase(`destroying ${this.o.stack} once more`);
      try {
        return (await this.refresh(stops)) && (await this.o.cli.destroy(remove, stops));
      } catch (second) {
        if (this.o.call.gone.aborted) throw second;
        const left = await this.o.cli.left(this.goneStop());
        throw leftBehindError(this.context(), left, new AggregateError([first, second]));
      }
    }
  }

  private context(): Omit<FailureContext, "attempt" | "earlier"> {
    const { stack, args, log } = this.o;
    return { stack, program: args.program, tail: log.tail(), logPath: log.path };
  }

  private goneStop(): readonly Stop[] {
    const { call, lost } = this.o;
    // What ends in an orderly way writes its state, which would be over somebody else's.
    return [...(lost ? [stop(lost, "none")] : []), stop(call.gone, GONE_GRACE_SECONDS)];
  }

  private tellCancelled(): void {
    if (this.o.call.gone.aborted) return;
    this.phase(
      `cancelled: ${this.o.stack} has ${String(GRACE_SECONDS)} s to stop and is then destroyed; ` +
        `it ends within ${String(CANCEL_MINUTES)} minutes, Ctrl-C once more leaves it to the next run`,
    );
  }

  private phase(text: string): void {
    this.o.log.phase(text);
    this.o.call.log.info(text);
  }
}

function lastLine(log: InnerLog): string {
  return log.tail().at(-1) ?? "its log is empty";
}
