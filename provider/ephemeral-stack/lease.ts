/**
 * Who works on an inner stack, for every machine to see: an object of the store that its holder writes again and again. A
 * machine that is gone writes no more, and after a while another may take its stack; one that finds itself replaced (it
 * was suspended, or cut off from the store) stops at once.
 */
import { randomUUID } from "node:crypto";
import { Interrupt, type Call } from "../handler";
import type { VersionedObjects } from "../object-store-versions";
import { BEAT_MS, GIVE_UP_MS, holderText, isOver, readLease, type Engine, type LeaseBody } from "./lease-object";
import { HeldError, type Lock, type Machine } from "./lock";

export interface LeaseStore extends VersionedObjects {
  delete(object: string): Promise<void>;
}

export interface LeaseOptions {
  readonly store: LeaseStore;
  readonly object: string;
  readonly stack: string;
  readonly machine: Machine;
  readonly call: Call;
  /** How long a live holder is waited for, which may be about to end. */
  readonly patienceSeconds: number;
}

const TICK_MS = 5_000;

/** In a store without conditional writes: whoever wrote at the same time has done so by then. */
const SETTLE_MS = 5_000;

/** Of no version of an object. */
const NO_ETAG = '"00000000000000000000000000000000"';

export class Lease {
  private readonly loser = new AbortController();
  private readonly inherited: readonly Engine[];
  private ended = false;
  /** By this machine's count of seconds, which no clock's change touches: when the last write that succeeded began. */
  private renewedAt: number;
  private writing: Promise<void> = Promise.resolve();
  /** Of the last write, where it failed. */
  private why: Error | undefined;

  private constructor(
    private readonly options: LeaseOptions,
    private body: LeaseBody,
    private etag: string,
    /** The store refuses a write whose condition doesn't hold. */
    private readonly conditions: boolean,
    takenAt: number,
  ) {
    this.inherited = body.engines;
    this.renewedAt = takenAt;
    void this.beat();
  }

  /** Aborted when the stack is no longer ours: nothing of it may be touched. `reason` is an `Interrupt`. */
  get lost(): AbortSignal {
    return this.loser.signal;
  }

  /** Waits while it can't be known whether the holder lives. @throws HeldError if it does */
  static async take(options: LeaseOptions): Promise<Lease> {
    const { store, object, machine, call, stack, patienceSeconds } = options;
    const begun = machine.elapsed();
    const asking = { machine: machine.id, pid: machine.pid, processes: machine.processes };
    let first: string | undefined;
    for (;;) {
      call.stop.throwIfAborted();
      const found = await store.getVersion(object);
      if (found === undefined || isOver(found, asking)) {
        const lease = await Lease.write(options, found?.etag, readLease(found)?.engines ?? []);
        if (lease) return lease;
        continue;
      }
      if (first === undefined) call.log.status(`waiting for ${holderText(found)}, who works on ${stack}`);
      first ??= found.etag;
      // Written meanwhile: somebody lives there.
      if (found.etag !== first && machine.elapsed() - begun >= patienceSeconds * 1000) {
        throw new HeldError(`stack ${stack} is being worked on by ${holderText(found)}: wait for it to end`);
      }
      await machine.sleep(1000);
    }
  }

  /** Undefined if somebody else was faster. */
  private static async write(
    options: LeaseOptions,
    over: string | undefined,
    engines: readonly Engine[],
  ): Promise<Lease | undefined> {
    const { store, object, machine } = options;
    const { host, pid, user, id } = machine;
    const body = { holder: randomUUID(), user, host, machine: id, pid, engines: [...engines], beat: 0 };
    const takenAt = machine.elapsed();
    const etag = await store.putVersion(object, body, over === undefined ? "absent" : { etag: over });
    if (etag === undefined) return undefined;
    const ignored = await store.putVersion(object, body, { etag: NO_ETAG });
    if (ignored === undefined) return new Lease(options, body, etag, true, takenAt);
    await machine.sleep(SETTLE_MS);
    const found = await store.getVersion(object);
    if (readLease(found)?.holder !== body.holder) return undefined;
    return new Lease(options, body, ignored, false, takenAt);
  }

  /** True for the lock of an engine whose holder we have outlived. */
  covers({ host, pid }: Lock): boolean {
    return this.inherited.some((engine) => engine.host === host && engine.pid === pid);
  }

  /** An engine of ours has started: if we die, its lock is that of a dead one. */
  engineStarted(pid: number): void {
    this.body = { ...this.body, engines: [...this.body.engines, { host: this.options.machine.host, pid }] };
    void this.renew();
  }

  /**
   * Nothing is done under it any more.
   * @param lockLeft the stack may still be locked by us: the lease stays, for whoever wants to know that we are gone
   */
  async end({ lockLeft }: { readonly lockLeft: boolean }): Promise<void> {
    // Written once more: what is deleted is certainly ours.
    await (lockLeft ? this.writing : this.renew());
    this.ended = true;
    if (lockLeft || this.lost.aborted) return;
    const { store, object, call } = this.options;
    try {
      if (this.why !== undefined) throw this.why;
      await store.delete(object);
    } catch (cause) {
      call.log.warn(`the lease ${object} could not be deleted; it hinders nobody for long: ${String(cause)}`);
    }
  }

  private async beat(): Promise<void> {
    const { machine } = this.options;
    let seen = machine.wallClock();
    while (!this.ended && !this.lost.aborted) {
      await machine.sleep(TICK_MS);
      if (this.ended) return;
      const silent = machine.elapsed() - this.renewedAt;
      // A suspended machine counts no seconds, but its clock goes on. Where a clock was only set, to write does no harm.
      const slept = Math.abs(machine.wallClock() - seen) > BEAT_MS;
      seen = machine.wallClock();
      if (silent >= GIVE_UP_MS)
        this.lose(`its lease could not be written for ${String(GIVE_UP_MS / 1000)} s`, this.why);
      else if (slept || silent >= BEAT_MS) void this.renew();
    }
  }

  /** One at a time: each write names the version before it. */
  private renew(): Promise<void> {
    this.writing = this.writing.then(() => (this.lost.aborted ? undefined : this.writeAgain()));
    return this.writing;
  }

  private async writeAgain(): Promise<void> {
    const begun = this.options.machine.elapsed();
    try {
      if (!this.conditions && !(await this.stillOurs())) return;
      // Refused: over another's version, or over our own whose answer was lost.
      if (!(await this.put()) && (!(await this.stillOurs()) || !(await this.put()))) return;
      this.renewedAt = begun;
      this.why = undefined;
    } catch (cause) {
      // Tried again soon, for as long as nobody can have taken the stack.
      this.why = cause instanceof Error ? cause : new Error(String(cause));
    }
  }

  private async put(): Promise<boolean> {
    const { store, object } = this.options;
    this.body = { ...this.body, beat: this.body.beat + 1 };
    const etag = await store.putVersion(object, this.body, { etag: this.etag });
    if (etag === undefined) return false;
    this.etag = etag;
    return true;
  }

  private async stillOurs(): Promise<boolean> {
    const found = await this.options.store.getVersion(this.options.object);
    if (found !== undefined && readLease(found)?.holder === this.body.holder) {
      this.etag = found.etag;
      return true;
    }
    this.lose(found === undefined ? "its lease is gone" : `${holderText(found)} has taken it over`);
    return false;
  }

  private lose(how: string, cause?: Error): void {
    const message =
      `stack ${this.options.stack} is no longer ours: ${how}, while this machine was suspended or cut off from the store. ` +
      `What ran here was stopped, and nothing is touched any more; run "pulumi up" again`;
    const because = cause === undefined ? "" : ` (${cause.message})`;
    this.loser.abort(new Interrupt("lease lost", `${message}${because}`));
  }
}
