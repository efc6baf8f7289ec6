import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { BuiltDisk } from "./disk";
import { alignToBlocks } from "./ebs-blocks";
import { Snapshots } from "./ebs-upload";
import { type Extent, type ExtentTools, findExtents } from "./extents";
import { type Job, StepError } from "./job";
import { pack, type Packed } from "./pack";
import { putDisk } from "./put-disk";
import { readOnce } from "./read-once";
import type { Seconds } from "./run";
import { gibibytes, gigabytes, megabytes, GIB } from "./sizes";
import type { ArchiveUpload, CommitRecord, EbsUpload, StoredObject, StoredSnapshot } from "./spec";
import { send } from "./send";

/** What the store has, and all that the commit record says. */
export interface Uploaded {
  readonly disk: CommitRecord["disk"];
  readonly objects: Readonly<Record<string, StoredObject>>;
  readonly snapshots?: Readonly<Record<string, StoredSnapshot>>;
  readonly imageDigest: string;
  readonly builtAt: string;
  readonly seconds: Seconds;
}

interface PackedDisk extends Packed {
  readonly dataBytes: number;
  /** The disk that it was made from: another disk, another pack. */
  readonly builtAt: string;
  readonly bootId: string;
  readonly snapshots?: Readonly<Record<string, StoredSnapshot>>;
}

/** What one PUT of S3 may carry. Source: Amazon S3 user guide, "Uploading objects". */
const ONE_PUT = 5 * GIB;

export const packedPath = (job: Job): string => join(job.work, "disk.raw.zst");

/**
 * Compresses the disk, puts its blocks into snapshots meanwhile, and then the compressed disk into the store; what is
 * done of it already is kept.
 */
export async function upload(job: Job, raw: BuiltDisk): Promise<Pick<Uploaded, "disk" | "objects" | "snapshots">> {
  const archives = job.spec.uploads.filter((one): one is ArchiveUpload => one.format === "raw.zst");
  const wanted = job.spec.uploads.filter((one): one is EbsUpload => one.format === "ebs");
  const file = packedPath(job);
  const { snapshots, ...packed } = await packDisk(job, raw, file, wanted);
  if (packed.sizeBytes > ONE_PUT) {
    throw new StepError(
      `the compressed disk has ${gibibytes(packed.sizeBytes)}, one upload carries at most ${gibibytes(ONE_PUT)}; make the image smaller`,
    );
  }
  const objects: Record<string, StoredObject> = {};
  for (const { format, object } of archives) {
    await send(job, {
      object,
      // Read again before each try: a resumed caller writes fresh URLs into the spec.
      url: async () => {
        const { uploads } = await job.folder.spec();
        const found = uploads.find((one) => one.format === format && one.object === object);
        return found?.format === format ? found.url : missing(object);
      },
      body: { path: file },
      bytes: packed.sizeBytes,
      md5: packed.md5,
      type: "application/zstd",
      onProgress: (bytes) => job.progress(`upload ${megabytes(bytes, packed.sizeBytes)}`),
    });
    objects[format] = { object, sizeBytes: packed.sizeBytes };
  }
  return {
    disk: { sizeBytes: raw.sizeBytes, dataBytes: packed.dataBytes, sha256: packed.diskSha256 },
    objects,
    ...(wanted.length > 0 && { snapshots }),
  };
}

async function packDisk(job: Job, raw: BuiltDisk, to: string, wanted: readonly EbsUpload[]): Promise<PackedDisk> {
  const bootId = await job.bootId();
  const found = await job.marker<PackedDisk>("pack");
  const good = found?.builtAt === raw.builtAt && found.bootId === bootId && (await sizeOf(to)) === found.sizeBytes;
  const kept = good ? found : undefined;
  // Another one in the same region is empty.
  const left = wanted.filter(({ region, snapshotId }) => kept?.snapshots?.[region]?.snapshotId !== snapshotId);
  if (kept !== undefined && left.length === 0) return kept;

  const extents = findExtents(extentTools(job), raw.path, raw.sizeBytes);
  const snapshots = await Snapshots.open(job, left, raw);
  try {
    const packed = await packAndPut(job, {
      pack: async (signal) => kept ?? (await compress(job, raw, to, signal, left.length === 0)),
      put: async (signal) => {
        const found = await extents;
        if (left.length > 0) await put(job, raw, found, snapshots, signal);
      },
    });
    const marker: PackedDisk = {
      ...packed,
      dataBytes: bytesOf(await extents),
      builtAt: raw.builtAt,
      bootId,
      snapshots: { ...kept?.snapshots, ...snapshots.written() },
    };
    await job.mark("pack", marker);
    return marker;
  } finally {
    await snapshots.close();
  }
}

/** Side by side; whichever fails ends the other. */
async function packAndPut(
  job: Job,
  work: {
    readonly pack: (signal: AbortSignal) => Promise<Packed>;
    readonly put: (signal: AbortSignal) => Promise<void>;
  },
): Promise<Packed> {
  job.signal.throwIfAborted();
  const ended = new AbortController();
  const stop = (): void => ended.abort(job.signal.reason);
  job.signal.addEventListener("abort", stop);
  const both = [work.pack(ended.signal), work.put(ended.signal)] as const;
  try {
    const [packed] = await Promise.all(both);
    return packed;
  } finally {
    job.signal.removeEventListener("abort", stop);
    ended.abort(new Error("the other one failed"));
    await Promise.allSettled(both);
  }
}

/** @param tell say how far it is; where snapshots are written, they are the slower part */
async function compress(job: Job, raw: BuiltDisk, to: string, signal: AbortSignal, tell: boolean): Promise<Packed> {
  return pack({
    from: raw.path,
    to,
    // It knows the processor's own instructions, which some builds of sha256sum do not.
    ...((await job.machine.find("openssl")) && { hash: ["openssl", "dgst", "-sha256", "-r"] as const }),
    run: job.machine.run,
    timeoutMs: job.timeoutMs,
    signal,
    onStart: (pid) => job.noteChild(pid),
    onProgress: (bytes) => {
      if (tell) job.progress(`upload: compressed ${gigabytes(bytes, raw.sizeBytes)}`);
    },
  });
}

function put(
  job: Job,
  raw: BuiltDisk,
  extents: readonly Extent[],
  snapshots: Snapshots,
  signal: AbortSignal,
): Promise<void> {
  const blocks = alignToBlocks(extents, raw.sizeBytes);
  const reading = { from: raw.path, sizeBytes: raw.sizeBytes, extents: blocks, onProgress: () => undefined };
  return putDisk((slots, sinks, stop) => readOnce({ ...reading, slots, sinks, signal: stop }), {
    ...snapshots.options(bytesOf(blocks)),
    signal,
  });
}

/** A job's way of asking the machine where a file has data. */
export const extentTools = (job: Job): ExtentTools => ({
  find: (command) => job.machine.find(command),
  // Beside the compressor: the note of which command runs now is that one's.
  run: (command, args, timeoutMs) => job.machine.run(command, args, { timeoutMs, signal: job.signal }),
  note: (line) => job.output(line),
});

const bytesOf = (extents: readonly Extent[]): number => extents.reduce((sum, { length }) => sum + length, 0);

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}

function missing(object: string): never {
  throw new StepError(`the spec no longer says where ${object} goes`);
}
