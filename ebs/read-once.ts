import { type FileHandle, open } from "node:fs/promises";
import { type Extent, stretches } from "./extents";
import { SLOT_BYTES, type Slots } from "./slots";

/** What is done with the bytes of a disk while they are in memory. Called in the order of the bytes. */
export interface Sink {
  /** Data; who needs it after this call holds the slot in it. */
  data(slot: number, bytes: number, at: number): void;
  /** A hole; a promise holds the reading back. */
  zeros(length: number, at: number): void | Promise<void>;
  /** There is no more: the disk has so many bytes. */
  end(sizeBytes: number): void;
}

export interface ReadOptions {
  readonly from: string;
  readonly sizeBytes: number;
  readonly extents: readonly Extent[];
  readonly slots: Slots;
  readonly sinks: readonly Sink[];
  readonly signal: AbortSignal;
  /** Bytes of the raw disk that were read or skipped. */
  readonly onProgress: (bytes: number) => void;
}

/** One pass over a raw disk: each byte of data is read once, for all sinks; holes are not read. */
export async function readOnce({ from, slots, sinks, signal, ...options }: ReadOptions): Promise<void> {
  const disk = await open(from, "r");
  try {
    for (const { start, length, hole } of stretches(options.extents, options.sizeBytes)) {
      for (let done = 0; done < length; done += SLOT_BYTES) {
        signal.throwIfAborted();
        const bytes = Math.min(SLOT_BYTES, length - done);
        const at = start + done;
        if (hole) for (const sink of sinks) await sink.zeros(bytes, at);
        else {
          const slot = await slots.take();
          await readFully(disk, slots.view(slot).subarray(0, bytes), at, from);
          for (const sink of sinks) sink.data(slot, bytes, at);
          slots.release(slot);
        }
        options.onProgress(at + bytes);
      }
    }
    for (const sink of sinks) sink.end(options.sizeBytes);
  } finally {
    await disk.close();
  }
}

async function readFully(file: FileHandle, memory: Uint8Array, position: number, name: string): Promise<void> {
  for (let done = 0; done < memory.length;) {
    const { bytesRead } = await file.read(memory, done, memory.length - done, position + done);
    if (bytesRead === 0) throw new Error(`${name} became shorter while it was read`);
    done += bytesRead;
  }
}
