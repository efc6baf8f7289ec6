import { join } from "node:path";
import { bytesOf, type Extent, type ExtentTools, findExtents } from "../../ebs";
import type { BuiltDisk } from "./disk";
import { hashData } from "./disk-data";
import { writeSnapshots } from "./snapshots";
import { hashCommand, hashDisk } from "./hash-disk";
import type { Job } from "../job/job";
import { StepError } from "../job/step-error";
import { putBodies } from "./bodies";
import { isOf, originOf, type Origin, sizeOf } from "./origin";
import { pack, type Packed } from "./pack";
import { gibibytes, gigabytes, megabytes } from "../machine/sizes";
import { GIB } from "../../contract/sizes";
import type { ArchiveUpload, BlocksUpload } from "../../contract/agent-spec";
import type { CommitRecord, StoredObject, StoredSnapshot } from "../../contract/commit-record";
import { send } from "./send";
import { sideBySide } from "../machine/side-by-side";

type PackedDisk = Packed & Origin;

interface FilledSnapshots extends Origin {
  readonly dataBytes: number;
  readonly snapshots: Readonly<Record<string, StoredSnapshot>>;
}

type HashedDisk = Hashes & Origin;
type Hashes = Pick<CommitRecord["disk"], "sha256" | "data">;
/** Where the disk has data: looked for once. */
type Extents = () => Promise<readonly Extent[]>;

/** What one PUT of S3 may carry. Source: Amazon S3 user guide, "Uploading objects". */
const ONE_PUT = 5 * GIB;

export const packedPath = (job: Job): string => join(job.work, "disk.raw.zst");

/**
 * Compresses the disk and puts that into the store, puts its blocks into snapshots and takes its checksum, all at once: none waits for
 * another. What is done of it already is kept.
 */
export async function upload(
  job: Job,
  raw: BuiltDisk,
): Promise<Pick<CommitRecord, "disk" | "objects" | "snapshots" | "bodies" | "notSent">> {
  const origin = await originOf(job, raw);
  let found: Promise<readonly Extent[]> | undefined;
  const extents: Extents = () => (found ??= findExtents(extentTools(job), raw.path, raw.sizeBytes));
  let isStored = false;
  const [stored, hashes, bodies] = await sideBySide(
    job.signal,
    async (signal) => {
      const stored = await store(job, raw, origin, extents, signal);
      isStored = true;
      return stored;
    },
    (signal) =>
      hash(job, raw, origin, extents, signal, (bytes) => {
        if (isStored) job.progress(`upload: checksum ${gigabytes(bytes, raw.sizeBytes)}`);
      }),
    (signal) => putBodies(job, raw, origin, signal),
  );
  const { dataBytes, ...rest } = stored;
  return { disk: { sizeBytes: raw.sizeBytes, dataBytes, ...hashes }, ...rest, ...bodies };
}

async function hash(
  job: Job,
  raw: BuiltDisk,
  origin: Origin,
  extents: Extents,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<Hashes> {
  const found = await job.marker<HashedDisk>("hash");
  if (found !== undefined && isOf(origin, found)) return hashesOf(found);
  const command = await hashCommand((name) => job.machine.find(name));
  const reading = { command, from: raw.path, run: job.machine.run, timeoutMs: job.timeoutMs };
  const [sha256, data] = await sideBySide(
    signal,
    (stop) => hashDisk({ ...reading, signal: stop, onProgress }),
    async (stop) => {
      const { sizeBytes } = raw;
      return hashData({ ...reading, signal: stop, extents: await extents(), sizeBytes, onProgress: () => undefined });
    },
  );
  const made = { sha256, ...(data !== undefined && { data }), ...origin } satisfies HashedDisk;
  await job.mark("hash", made);
  return hashesOf(made);
}

const hashesOf = ({ sha256, data }: Hashes): Hashes => ({ sha256, ...(data !== undefined && { data }) });

async function store(
  job: Job,
  raw: BuiltDisk,
  origin: Origin,
  extents: Extents,
  signal: AbortSignal,
): Promise<Pick<CommitRecord, "objects" | "snapshots"> & { readonly dataBytes: number }> {
  const wanted = job.spec.uploads.filter((one): one is BlocksUpload => one.format === "blocks");
  // Of the two, snapshots are the slower part: while they are written, they alone are spoken of.
  let isFilled = wanted.length === 0;
  const [objects, { dataBytes, snapshots }] = await sideBySide(
    signal,
    (stop) => storeArchive(job, raw, origin, stop, () => isFilled),
    async (stop) => {
      const filled = await fillSnapshots(job, raw, origin, wanted, extents, stop);
      isFilled = true;
      return filled;
    },
  );
  return { objects, dataBytes, ...(wanted.length > 0 && { snapshots }) };
}

/** @param tell say how far it is */
async function storeArchive(
  job: Job,
  raw: BuiltDisk,
  origin: Origin,
  signal: AbortSignal,
  tell: () => boolean,
): Promise<Record<string, StoredObject>> {
  const archives = job.spec.uploads.filter((one): one is ArchiveUpload => one.format === "raw.zst");
  const packed = await packDisk(job, raw, origin, signal, tell);
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
      target: async () => {
        const { uploads } = await job.folder.spec();
        const found = uploads.find((one) => one.format === format && one.object === object);
        return { url: found?.format === format ? found.url : missing(object) };
      },
      path: packedPath(job),
      md5: packed.md5,
      type: "application/zstd",
      signal,
      onStart: (pid) => job.noteChild(pid),
      onProgress: (bytes) => {
        if (tell()) job.progress(`upload ${megabytes(bytes, packed.sizeBytes)}`);
      },
    });
    objects[format] = { object, sizeBytes: packed.sizeBytes };
  }
  return objects;
}

async function packDisk(
  job: Job,
  raw: BuiltDisk,
  origin: Origin,
  signal: AbortSignal,
  tell: () => boolean,
): Promise<Packed> {
  const to = packedPath(job);
  const found = await job.marker<PackedDisk>("pack");
  if (found && isOf(origin, found) && (await sizeOf(to)) === found.sizeBytes) return found;
  const packed = await compress(job, raw, to, signal, tell);
  await job.mark("pack", { ...packed, ...origin } satisfies PackedDisk);
  return packed;
}

async function fillSnapshots(
  job: Job,
  raw: BuiltDisk,
  origin: Origin,
  wanted: readonly BlocksUpload[],
  extents: Extents,
  signal: AbortSignal,
): Promise<FilledSnapshots> {
  const found = await job.marker<FilledSnapshots>("snapshots");
  const kept = found && isOf(origin, found) ? found : undefined;
  // Another one in the same region is empty.
  const left = wanted.filter(({ region, snapshotId }) => kept?.snapshots[region]?.snapshotId !== snapshotId);
  if (kept !== undefined && left.length === 0) return kept;
  const data = await extents();
  const snapshots = left.length === 0 ? {} : await writeSnapshots(job, left, raw, data, signal);
  const filled: FilledSnapshots = {
    ...origin,
    dataBytes: bytesOf(data),
    snapshots: { ...kept?.snapshots, ...snapshots },
  };
  await job.mark("snapshots", filled);
  return filled;
}

function compress(job: Job, raw: BuiltDisk, to: string, signal: AbortSignal, tell: () => boolean): Promise<Packed> {
  return pack({
    from: raw.path,
    to,
    run: job.machine.run,
    timeoutMs: job.timeoutMs,
    signal,
    onStart: (pid) => job.noteChild(pid),
    onProgress: (bytes) => {
      if (tell()) job.progress(`upload: compressed ${gigabytes(bytes, raw.sizeBytes)}`);
    },
  });
}

/** A job's way of asking the machine where a file has data. */
export const extentTools = (job: Job): ExtentTools => ({
  find: (command) => job.machine.find(command),
  // Beside the compressor: the note of which command runs now is that one's.
  run: (command, args, timeoutMs) => job.machine.run(command, args, { timeoutMs, signal: job.signal }),
  note: (line) => job.output(line),
});

function missing(object: string): never {
  throw new StepError(`the spec no longer says where ${object} goes`);
}
