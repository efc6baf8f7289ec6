import { createHash } from "node:crypto";
import { type BlockDigest, DigestThread } from "./digest-thread";
import { BLOCK_BYTES, BLOCKS_PER_GIB } from "../contract/blocks";
import { blockCount, type Skip } from "./blocks";
import { type BlockWriter, IN_FLIGHT } from "./writer";
import type { Sink } from "./read-once";
import { SLOT_BYTES, type Slots } from "./slots";

/** Slots that a pass needs for its block writers: all that is on the way, and what is digested meanwhile. */
export const BLOCK_SLOTS = (IN_FLIGHT * BLOCK_BYTES) / SLOT_BYTES + 8;

export interface BlockSinkOptions {
  readonly slots: Slots;
  readonly writers: readonly BlockWriter[];
  readonly skip: Skip;
  /** Bytes of data that are in every snapshot by now. */
  readonly onBytes: (bytes: number) => void;
}

const ZEROS = Buffer.alloc(BLOCK_BYTES);

/**
 * Gives each block of the disk to every writer, out of the memory that it was read into. Data has to come in pieces that
 * begin where a block begins: see `alignToBlocks`.
 */
export class BlockSink implements Sink {
  /** Resolves when every block is in every snapshot; rejects with the first failure. */
  readonly done: Promise<void>;
  private finish: () => void = () => undefined;
  private fail: (error: unknown) => void = () => undefined;
  private readonly thread: DigestThread;
  private readonly zeroDigest = createHash("sha256").update(ZEROS).digest("base64");
  /** First block of each slot that is being digested, in order. */
  private readonly digesting: number[] = [];
  private pending = 0;
  private ended = false;
  private bytes = 0;

  constructor(private readonly options: BlockSinkOptions) {
    this.done = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
    // It may fail long before anybody asks.
    this.done.catch(() => undefined);
    this.thread = new DigestThread({
      slots: options.slots.memory,
      blockBytes: BLOCK_BYTES,
      tellZeros: options.skip === "zeros",
      onDigests: (slot, digests) => this.digested(slot, digests),
    });
    this.thread.failed.catch(this.fail);
  }

  data(slot: number, bytes: number, at: number): void {
    const { slots } = this.options;
    const padded = blockCount(bytes) * BLOCK_BYTES;
    slots.view(slot).fill(0, bytes, padded);
    slots.hold(slot);
    this.pending += 1;
    this.digesting.push(at / BLOCK_BYTES);
    this.thread.digest(slot, padded);
  }

  async zeros(length: number, at: number): Promise<void> {
    const first = Math.floor(at / BLOCK_BYTES);
    for (const writer of this.options.writers)
      if (this.putsAll(writer)) await this.putZeros(writer, first, blockCount(at + length));
  }

  end(sizeBytes: number): void {
    this.ended = true;
    const first = blockCount(sizeBytes);
    this.track(
      this.options.writers
        .filter((writer) => this.putsAll(writer))
        .map((writer) => this.putZeros(writer, first, writer.place.volumeGib * BLOCKS_PER_GIB)),
      0,
    );
  }

  async stop(): Promise<void> {
    await this.thread.stop();
  }

  private digested(slot: number, digests: readonly BlockDigest[]): void {
    const { slots, writers } = this.options;
    const first = this.digesting.shift() ?? 0;
    for (const [offset, digest] of digests.entries()) {
      const bytes = slots.view(slot).subarray(offset * BLOCK_BYTES, (offset + 1) * BLOCK_BYTES);
      const block = { index: first + offset, bytes, digest: digest ?? this.zeroDigest };
      const wanting = digest === null ? writers.filter((writer) => this.putsAll(writer)) : writers;
      const puts = wanting.map(async (writer) => {
        slots.hold(slot);
        await writer.put(block);
        slots.release(slot);
      });
      this.track(puts, BLOCK_BYTES);
    }
    slots.release(slot);
    this.settled(0);
  }

  private putsAll(writer: BlockWriter): boolean {
    return this.options.skip === "nothing" || writer.overwritesAll;
  }

  /** As many at once as may be on the way: the reading waits for the network. */
  private async putZeros(writer: BlockWriter, first: number, end: number): Promise<void> {
    for (let at = first; at < end; at += IN_FLIGHT) {
      const count = Math.min(IN_FLIGHT, end - at);
      const indexes = Array.from({ length: count }, (_, offset) => at + offset);
      await Promise.all(indexes.map((index) => writer.put({ index, bytes: ZEROS, digest: this.zeroDigest })));
    }
  }

  private track(puts: readonly Promise<void>[], bytes: number): void {
    this.pending += 1;
    Promise.all(puts).then(() => this.settled(bytes), this.fail);
  }

  private settled(bytes: number): void {
    this.pending -= 1;
    if (bytes > 0) this.options.onBytes((this.bytes += bytes));
    if (this.ended && this.pending === 0) this.finish();
  }
}
