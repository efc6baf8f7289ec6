import { createHash } from "node:crypto";
import { once } from "node:events";
import { open } from "node:fs/promises";
import type { Readable, Writable } from "node:stream";
import { BLOCK_SLOTS } from "./ebs-sink";
import type { Extent } from "./extents";
import { hashSink, HashThread } from "./hash-thread";
import type { OpenFilter } from "./machine";
import { readOnce, type Sink } from "./read-once";
import { SLOT_BYTES, Slots } from "./slots";

/** A raw disk compressed, and what was learned on the way. */
export interface Packed {
  /** sha256 of the raw disk, holes as zeros, hex. */
  readonly diskSha256: string;
  /** Of the compressed file. */
  readonly sizeBytes: number;
  /** Of the compressed file, base64: the header Content-MD5. Its bytes in the store are checked against this. */
  readonly md5: string;
}

/** One more that the disk is given to in the same pass. */
export interface MoreSink extends Sink {
  readonly done: Promise<void>;
  stop(): Promise<void>;
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
  readonly more?: (slots: Slots) => MoreSink;
}

const SLOTS = 8;

/**
 * One pass over the disk. Data is read once, into memory shared with hashing threads, and given from there to zstd and
 * to whoever else wants it; holes are not read. Reading, hashing, compressing and sending overlap.
 */
export async function pack(options: PackOptions): Promise<Packed> {
  options.signal.throwIfAborted();
  // The size goes into the stream's header, so that a reader knows it beforehand.
  const zstd = options.open("zstd", ["-1", "-T0", "-q", "-c", `--stream-size=${options.sizeBytes}`]);
  const slots = new Slots(SLOTS + (options.more === undefined ? 0 : BLOCK_SLOTS));
  const hash = new HashThread(slots.memory, (slot) => slots.release(slot));
  const more = options.more?.(slots);
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
  const sinks = [hashSink(hash, slots), zstdSink(zstd.stdin, slots, ended.signal), ...(more ? [more] : [])];
  const fed = readOnce({ ...options, slots, sinks, signal: ended.signal });
  try {
    // Whichever fails first ends the others; without a failure these are done after the feeding, not before.
    const failure = Promise.all([exit, hash.done, written, more?.done]);
    const feeding = fed.catch((error: unknown) => {
      if (ended.signal.aborted) return failure;
      throw error;
    });
    await Promise.race([feeding, failure]);
    const [diskSha256, out] = await Promise.all([hash.digest(), written, exit, more?.done]);
    return { diskSha256, ...out };
  } finally {
    options.signal.removeEventListener("abort", stop);
    stop();
    slots.close();
    await Promise.all([hash.stop(), more?.stop()]);
    await fed.catch(() => undefined);
  }
}

function zstdSink(zstd: Writable, slots: Slots, ended: AbortSignal): Sink {
  const zeros = Buffer.alloc(SLOT_BYTES);
  return {
    data: (slot, bytes) => {
      slots.hold(slot);
      zstd.write(slots.view(slot).subarray(0, bytes), () => slots.release(slot));
    },
    zeros: async (bytes) => {
      if (!zstd.write(zeros.subarray(0, bytes))) await once(zstd, "drain", { signal: ended });
    },
    end: () => void zstd.end(),
  };
}

async function writeOut(from: Readable, path: string): Promise<Pick<Packed, "sizeBytes" | "md5">> {
  const md5 = createHash("md5");
  let sizeBytes = 0;
  const file = await open(path, "w", 0o600);
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      md5.update(chunk);
      for (let done = 0; done < chunk.length;) done += (await file.write(chunk, done)).bytesWritten;
      sizeBytes += chunk.length;
    }
  } finally {
    await file.close();
  }
  return { sizeBytes, md5: md5.digest("base64") };
}
