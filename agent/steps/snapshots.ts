import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  alignToBlocks,
  type BlockCredentials,
  BlockWriter,
  bytesOf,
  type Extent,
  openJournal,
  putDisk,
  readOnce,
} from "../../ebs";
import { AWS_CREDENTIALS } from "../job/credentials";
import { Supplies } from "../job/supplies";
import type { BuiltDisk } from "./disk";
import type { Job } from "../job/job";
import { StepError } from "../job/step-error";
import { gibibytes, gigabytes } from "../machine/sizes";
import { GIB } from "../../contract/sizes";
import type { BlocksUpload } from "../../contract/agent-spec";
import type { StoredSnapshot } from "../../contract/commit-record";

/** Puts a disk into snapshots; what was put before is not put again. @returns what they hold, by region */
export async function writeSnapshots(
  job: Job,
  uploads: readonly BlocksUpload[],
  raw: BuiltDisk,
  extents: readonly Extent[],
  signal: AbortSignal,
): Promise<Record<string, StoredSnapshot>> {
  for (const { region, volumeGib } of uploads) {
    if (raw.sizeBytes <= volumeGib * GIB) continue;
    throw new StepError(
      `the disk has ${gibibytes(raw.sizeBytes)}, the snapshot in ${region} has room for ${volumeGib} GiB; set volumeGib of that target higher`,
    );
  }
  const credentials = new Supplies(job.folder.path, job.machine.clock, AWS_CREDENTIALS);
  const writers = await openWriters(job, uploads, raw, credentials);
  const blocks = alignToBlocks(extents, raw.sizeBytes);
  const dataBytes = bytesOf(blocks);
  const reading = { from: raw.path, sizeBytes: raw.sizeBytes, extents: blocks, onProgress: () => undefined };
  try {
    await putDisk((slots, sinks, stop) => readOnce({ ...reading, slots, sinks, signal: stop }), {
      writers,
      skip: uploads.some(({ encrypted }) => encrypted === true) ? "nothing" : "holes",
      onBytes: (bytes) => job.progress(`upload ${gigabytes(Math.min(bytes, dataBytes), dataBytes)}`),
      signal,
    });
    const entries = writers.map((writer) => {
      const { region, snapshotId, volumeGib } = writer.place;
      return [region, { snapshotId, volumeGib, ...writer.written() }] as const;
    });
    return Object.fromEntries(entries);
  } finally {
    for (const writer of writers) writer.close();
    // Nobody needs them now.
    await credentials.remove();
  }
}

async function openWriters(
  job: Job,
  uploads: readonly BlocksUpload[],
  raw: BuiltDisk,
  credentials: Supplies<BlockCredentials>,
): Promise<BlockWriter[]> {
  // The content: another disk of the same build was built at another time.
  const disk = raw.builtAt;
  await mkdir(job.work, { recursive: true });
  const writers: BlockWriter[] = [];
  for (const place of uploads) {
    const journal = await openJournal(join(job.work, `blocks-${place.region}`), place.snapshotId, disk);
    if (journal.overwritesAll)
      job.output(`snapshot ${place.snapshotId} has blocks of another disk: all are put, zeros too`);
    writers.push(
      new BlockWriter({
        place,
        journal,
        clock: job.machine.clock,
        signal: job.signal,
        say: (line) => job.output(line),
        credentials: async (refused) => {
          const given = await credentials.get(refused, job.signal);
          job.folder.hide([given.secretAccessKey, given.sessionToken ?? ""]);
          return given;
        },
      }),
    );
  }
  return writers;
}
