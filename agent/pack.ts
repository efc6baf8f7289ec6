import { createHash } from "node:crypto";
import { once } from "node:events";
import { type FileHandle, open } from "node:fs/promises";
import type { Readable, Writable } from "node:stream";
import { type Extent, stretches } from "./extents";
import { HashThread } from "./hash-thread";
import type { OpenFilter } from "./machine";

/** A raw disk compressed, and what was learned on the way. */
export interface Packed {
  /** sha256 of the raw disk, holes as zeros, hex. */
  readonly diskSha256: string;
  readonly sizeBytes: number;
  /** Of the compressed file, hex. */
  readonly sha256: string;
  /** Of the compressed file, base64: the header Content-MD5. */
  readonly md5: string;
}

export interface PackOptions {
  readonly from: string;
  readonly to: string;
  readonly sizeBytes: number;
  readonly extents: readonly Extent[];
  readonly open: OpenFilter;
  readonly signal: AbortSignal;
  /** Bytes of the raw disk that are done. */
  readonly onProgress: (bytes: number) => void;
}

const SLOT_BYTES = 1024 * 1024;
const SLOTS = 8;

/**
 * One pass over the disk. Data is read once, into memory shared with a hashing thread, and given from there to zstd;
 * holes are not read: both get zeros from a buffer. Reading, hashing and compressing overlap.
 */
export async function pack(options: PackOptions): Promise<Packed> {
  options.signal.throwIfAborted();
  // The size goes into the stream's header, so that a reader knows it beforehand.
  const zstd = options.open("zstd", ["-1", "-T0", "-q", "-c", `--stream-size=${options.sizeBytes}`]);
  const slots = new Slots(SLOTS);
  const hash = new HashThread(slots.memory, (slot) => slots.release(slot));
  const errors: Buffer[] = [];
  zstd.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  const said = (): string => Buffer.concat(errors).toString("utf8").trim().slice(-500);
  const exit = new Promise<void>((resolve, reject) => {
    zstd.on("error", (cause) => reject(new Error("zstd cannot be started", { cause })));
    zstd.on("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`zstd ended with ${signal ?? `exit status ${code}`}: ${said()}`));
    });
  });
  const ended = new AbortController();
  // zstd's own end says more than the broken pipe to it.
  zstd.stdin.on("error", () => ended.abort());
  const stop = (): void => {
    ended.abort();
    zstd.kill("SIGKILL");
  };
  options.signal.addEventListener("abort", stop);
  const written = writeOut(zstd.stdout, options.to);
  const fed = feed(options, slots, hash, zstd.stdin, ended.signal);
  try {
    // Whichever fails first ends the others; without a failure these are done after the feeding, not before.
    const failure = Promise.all([exit, hash.done, written]);
    const feeding = fed.catch((error: unknown) => {
      if (ended.signal.aborted) return failure;
      throw error;
    });
    await Promise.race([feeding, failure]);
    const [diskSha256, out] = await Promise.all([hash.digest(), written, exit]);
    return { diskSha256, ...out };
  } finally {
    options.signal.removeEventListener("abort", stop);
    stop();
    slots.close();
    await hash.stop();
    await fed.catch(() => undefined);
  }
}

async function feed(
  options: PackOptions,
  slots: Slots,
  hash: HashThread,
  zstd: Writable,
  ended: AbortSignal,
): Promise<void> {
  const zeros = Buffer.alloc(SLOT_BYTES);
  const disk = await open(options.from, "r");
  try {
    for (const { start, length, hole } of stretches(options.extents, options.sizeBytes)) {
      if (hole) hash.zeros(length);
      for (let done = 0; done < length; done += SLOT_BYTES) {
        ended.throwIfAborted();
        const bytes = Math.min(SLOT_BYTES, length - done);
        if (hole) {
          if (!zstd.write(zeros.subarray(0, bytes))) await once(zstd, "drain", { signal: ended });
        } else {
          const slot = await slots.take();
          const memory = slots.view(slot).subarray(0, bytes);
          await readFully(disk, memory, start + done, options.from);
          hash.data(slot, bytes);
          zstd.write(memory, () => slots.release(slot));
        }
        options.onProgress(start + done + bytes);
      }
    }
    zstd.end();
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

async function writeOut(from: Readable, path: string): Promise<{ sizeBytes: number; sha256: string; md5: string }> {
  const [sha256, md5] = [createHash("sha256"), createHash("md5")];
  let sizeBytes = 0;
  const file = await open(path, "w", 0o600);
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      sha256.update(chunk);
      md5.update(chunk);
      for (let done = 0; done < chunk.length;) done += (await file.write(chunk, done)).bytesWritten;
      sizeBytes += chunk.length;
    }
  } finally {
    await file.close();
  }
  return { sizeBytes, sha256: sha256.digest("hex"), md5: md5.digest("base64") };
}

/** Pieces of shared memory; one is free again when both its readers have let go of it. */
class Slots {
  readonly memory: readonly SharedArrayBuffer[];
  private readonly views: readonly Uint8Array[];
  private readonly free: number[];
  private readonly readers: number[];
  private waiting: (() => void) | undefined;
  private closed = false;

  constructor(count: number) {
    this.memory = Array.from({ length: count }, () => new SharedArrayBuffer(SLOT_BYTES));
    this.views = this.memory.map((memory) => new Uint8Array(memory));
    this.free = this.memory.map((_, slot) => slot);
    this.readers = this.memory.map(() => 0);
  }

  view(slot: number): Uint8Array {
    const view = this.views[slot];
    if (view === undefined) throw new Error(`no slot ${slot}`);
    return view;
  }

  async take(): Promise<number> {
    while (!this.closed) {
      const slot = this.free.pop();
      if (slot !== undefined) {
        this.readers[slot] = 2;
        return slot;
      }
      await new Promise<void>((resolve) => (this.waiting = resolve));
    }
    throw new Error("stopped");
  }

  /** Ends the wait for a slot that nobody will release. */
  close(): void {
    this.closed = true;
    this.waiting?.();
  }

  release(slot: number): void {
    const left = (this.readers[slot] ?? 0) - 1;
    this.readers[slot] = left;
    if (left > 0) return;
    this.free.push(slot);
    this.waiting?.();
    this.waiting = undefined;
  }
}
