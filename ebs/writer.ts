import { createHash } from "node:crypto";
import { explain, judge } from "./answers";
import { type BlockPlace, ebsEndpoint } from "./blocks";
import type { BlockJournal } from "./journal";
import { type Block, type BlockAnswer, BlockConnection } from "./put";
import { type BlockCredentials, EbsSigner } from "./sign";
import { Window } from "./window";

/** Gives credentials; with `refused` others than those, waiting for them if need be. */
export type GiveCredentials = (refused?: BlockCredentials) => Promise<BlockCredentials>;

export interface WriterOptions {
  readonly place: BlockPlace;
  readonly credentials: GiveCredentials;
  readonly journal: BlockJournal;
  /** Milliseconds: since 1970, and to wait for. */
  readonly clock: { now(): number; sleep(ms: number): Promise<void> };
  readonly signal: AbortSignal;
  /** Told of tries that failed, at most once a second. */
  readonly say: (line: string) => void;
}

/** What CompleteSnapshot wants to know. */
export interface WrittenBlocks {
  readonly changedBlocks: number;
  /** sha256 of the blocks' raw digests in the order of their indexes, base64. */
  readonly checksum: string;
}

export const IN_FLIGHT = 64;
const TRIES = 12;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 15_000;
/** Credentials that end so soon are as good as ended; of shorter sessions half of what they live. */
const RENEW_MS = 60_000;
const SAY_MS = 1000;

interface Signing {
  readonly signer: EbsSigner;
  readonly credentials: BlockCredentials;
  /** Milliseconds since 1970; never for those that do not expire. */
  readonly renewAt: number;
}

/** Puts blocks into one snapshot: many at once, each until it is there or can't be. */
export class BlockWriter {
  private readonly connection: BlockConnection;
  private readonly stop = new AbortController();
  private readonly window = new Window(IN_FLIGHT);
  private readonly digests = new Map<number, string>();
  private signer: Promise<Signing> | undefined;
  private saidAt = -Infinity;
  /** Blocks that were sent, without those that were there. */
  sent = 0;

  constructor(private readonly options: WriterOptions) {
    this.connection = new BlockConnection(options.place, IN_FLIGHT, this.stop.signal);
    options.signal.addEventListener("abort", this.onAbort);
    if (options.signal.aborted) this.onAbort();
  }

  private readonly onAbort = (): void => this.stop.abort(this.options.signal.reason);

  get place(): BlockPlace {
    return this.options.place;
  }

  /** Blocks of another disk are in the snapshot: every block has to be put. */
  get overwritesAll(): boolean {
    return this.options.journal.overwritesAll;
  }

  /** Resolves when the block is there; its bytes must not change until then. Begins at once if the service bears it. */
  async put(block: Block): Promise<void> {
    const { journal } = this.options;
    this.digests.set(block.index, block.digest);
    if (journal.has(block.index, block.digest)) return;
    await this.window.enter();
    try {
      this.stop.signal.throwIfAborted();
      await this.putUntilThere(block);
      this.sent += 1;
      journal.add(block.index, block.digest);
    } finally {
      this.window.leave();
    }
  }

  /** To be asked when every `put` has resolved. */
  written(): WrittenBlocks {
    const all = createHash("sha256");
    for (const index of [...this.digests.keys()].sort((a, b) => a - b))
      all.update(Buffer.from(this.digests.get(index) ?? "", "base64"));
    return { changedBlocks: this.digests.size, checksum: all.digest("base64") };
  }

  /** Ends what is on the way, if anything is. */
  close(): void {
    this.options.signal.removeEventListener("abort", this.onAbort);
    this.stop.abort(new Error("the writing of the snapshot has ended"));
    this.connection.close();
    this.options.journal.close();
  }

  private async putUntilThere(block: Block): Promise<void> {
    for (let attempt = 1; ;) {
      const epoch = this.window.now;
      const { signer, credentials } = await this.currentSigner();
      const { failed, throttled, expired } = await this.tryOnce(block, signer);
      if (failed === undefined) {
        this.window.succeeded();
        return;
      }
      if (expired) this.renew(credentials);
      if (throttled && this.window.throttled(epoch)) this.say(`${failed}; ${this.window.size} at once from here on`);
      if (attempt === TRIES) throw new Error(`${failed} (tried ${TRIES} times)`);
      // A source that goes by another clock gives the same for a while.
      if (!expired || (await this.currentSigner()).credentials.accessKeyId === credentials.accessKeyId)
        await this.pause(attempt, failed);
      attempt += 1;
    }
  }

  private async tryOnce(
    block: Block,
    signer: EbsSigner,
  ): Promise<{ readonly failed?: string; readonly throttled?: boolean; readonly expired?: boolean }> {
    const { place, clock } = this.options;
    let answer: BlockAnswer;
    try {
      answer = await this.connection.put(block, signer, new Date(clock.now()));
    } catch (error) {
      this.stop.signal.throwIfAborted();
      const why = error instanceof Error ? error.message || error.name : String(error);
      return { failed: `block ${block.index}: no answer from ${ebsEndpoint(place)}: ${why}` };
    }
    const verdict = judge(answer);
    const failed = explain(place, block.index, answer);
    switch (verdict) {
      case "there":
        if (answer.checksum === undefined || answer.checksum === block.digest) return {};
        throw new Error(
          `block ${block.index} of snapshot ${place.snapshotId} arrived with another checksum (${answer.checksum}, not ${block.digest}); this machine's memory or its network changes data`,
        );
      case "throttled":
        return { failed, throttled: true };
      case "expired":
        return { failed, expired: true };
      case "again":
        return { failed };
      case "refused":
        throw new Error(failed);
    }
  }

  private async currentSigner(): Promise<Signing> {
    this.signer ??= this.makeSigner();
    const current = await this.signer;
    if (this.options.clock.now() < current.renewAt) return current;
    this.renew(current.credentials);
    return this.signer;
  }

  /** Once for all the blocks whose credentials ended together. */
  private renew(refused: BlockCredentials): void {
    const { signer } = this;
    if (signer === undefined || this.renewing === refused) return;
    this.renewing = refused;
    this.signer = this.makeSigner(refused);
  }
  private renewing: BlockCredentials | undefined;

  private async makeSigner(refused?: BlockCredentials): Promise<Signing> {
    const credentials = await this.options.credentials(refused);
    const signer = new EbsSigner(credentials, this.place.region);
    const { expiresAt } = credentials;
    if (expiresAt === undefined) return { signer, credentials, renewAt: Infinity };
    const end = Date.parse(expiresAt);
    const left = Math.max(0, end - this.options.clock.now());
    return { signer, credentials, renewAt: end - Math.min(RENEW_MS, left / 2) };
  }

  /** Longer each time, and not in step with the others. */
  private async pause(attempt: number, why: string): Promise<void> {
    if (attempt > 1) this.say(`${why}; try ${attempt} of ${TRIES}`);
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
    await this.options.clock.sleep(longest * (0.5 + Math.random() / 2));
    this.stop.signal.throwIfAborted();
  }

  private say(line: string): void {
    const now = this.options.clock.now();
    if (now - this.saidAt < SAY_MS) return;
    this.saidAt = now;
    this.options.say(line);
  }
}
