import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { BuiltDisk } from "./disk";
import { findExtents } from "./extents";
import { type Job, StepError } from "./job";
import { pack, type Packed } from "./pack";
import type { Seconds } from "./run";
import { gibibytes, gigabytes, megabytes, GIB } from "./sizes";
import type { CommitRecord, StoredObject } from "./spec";
import { send } from "./send";

/** What the store has, and all that the commit record says. */
export interface Uploaded {
  readonly disk: CommitRecord["disk"];
  readonly objects: Readonly<Record<string, StoredObject>>;
  readonly imageDigest: string;
  readonly builtAt: string;
  readonly seconds: Seconds;
}

interface PackedDisk extends Packed {
  readonly dataBytes: number;
  /** The disk that it was made from: another disk, another pack. */
  readonly builtAt: string;
  readonly bootId: string;
}

/** What one PUT of S3 may carry. Source: Amazon S3 user guide, "Uploading objects". */
const ONE_PUT = 5 * GIB;

export const packedPath = (job: Job): string => join(job.work, "disk.raw.zst");

/** Compresses the disk and puts it into the store; what is done of it already is kept. */
export async function upload(job: Job, raw: BuiltDisk): Promise<Pick<Uploaded, "disk" | "objects">> {
  const file = packedPath(job);
  const packed = await packDisk(job, raw, file);
  if (packed.sizeBytes > ONE_PUT) {
    throw new StepError(
      `the compressed disk has ${gibibytes(packed.sizeBytes)}, one upload carries at most ${gibibytes(ONE_PUT)}; make the image smaller`,
    );
  }
  const objects: Record<string, StoredObject> = {};
  for (const { format, object } of job.spec.uploads) {
    await send(job, {
      object,
      // Read again before each try: a resumed caller writes fresh URLs into the spec.
      url: async () => {
        const { uploads } = await job.folder.spec();
        return uploads.find((upload) => upload.format === format && upload.object === object)?.url ?? missing(object);
      },
      body: { path: file },
      bytes: packed.sizeBytes,
      md5: packed.md5,
      type: "application/zstd",
      onProgress: (bytes) => job.progress(`upload ${megabytes(bytes, packed.sizeBytes)}`),
    });
    objects[format] = { object, sizeBytes: packed.sizeBytes, sha256: packed.sha256 };
  }
  return { disk: { sizeBytes: raw.sizeBytes, dataBytes: packed.dataBytes, sha256: packed.diskSha256 }, objects };
}

async function packDisk(job: Job, raw: BuiltDisk, to: string): Promise<PackedDisk> {
  const bootId = await job.bootId();
  const found = await job.marker<PackedDisk>("pack");
  if (found?.builtAt === raw.builtAt && found.bootId === bootId && (await sizeOf(to)) === found.sizeBytes) return found;

  const extents = await findExtents(job, raw.path, raw.sizeBytes);
  const packed = await pack({
    from: raw.path,
    to,
    sizeBytes: raw.sizeBytes,
    extents,
    open: job.machine.open,
    signal: job.signal,
    onProgress: (bytes) => job.progress(`upload: compressed ${gigabytes(bytes, raw.sizeBytes)}`),
  });
  const dataBytes = extents.reduce((sum, extent) => sum + extent.length, 0);
  const marker: PackedDisk = { ...packed, dataBytes, builtAt: raw.builtAt, bootId };
  await job.mark("pack", marker);
  return marker;
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}

function missing(object: string): never {
  throw new StepError(`the spec no longer says where ${object} goes`);
}
