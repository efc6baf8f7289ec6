/** Snapshots of a disk: begun for a worker to fill, finished and owned with the generation that they belong to. */
import * as pulumi from "@pulumi/pulumi";
import type { CommitRecord } from "../contract/commit-record";
import type { Disk } from "../infra/platform";
import { snapshotTags, type SnapshotSpec } from "../infra/snapshots";
import { type Store } from "../provider";
import { EbsSnapshot, EbsUpload } from "../infra/aws/provider";
import { openStore } from "../provider/object-store";
import type { WorkerJob } from "./jobs";

/** A snapshot that waits for its blocks. */
export interface StartedSnapshot {
  readonly spec: SnapshotSpec;
  readonly snapshotId: pulumi.Output<string>;
  /** Then zeros have to be put too. */
  readonly encrypted: pulumi.Output<boolean>;
}

/** Those that the job's disk is to be written into; another machine builds another disk, and begins its own. */
export function startSnapshots(job: WorkerJob, machine: pulumi.Input<string>): StartedSnapshot[] {
  const { key, arch, stack, identity, store, objects } = job;
  return job.snapshots.map((spec) => {
    const { region, volumeGib, tags } = spec;
    const upload = new EbsUpload(`upload-${region}`, {
      region,
      volumeGib,
      key,
      machine,
      description: `copr-builders ${stack} ${arch} ${key.slice(0, 8)}`,
      tags: snapshotTags(stack, identity, arch, key, tags),
      record: { store, object: objects.record },
    });
    return { spec, snapshotId: upload.snapshotId, encrypted: upload.encrypted };
  });
}

/** How long the store's URL holds: as long as the snapshot may take to be written from it. */
const READ_SECONDS = 6 * 60 * 60;

export interface FinishedArgs {
  readonly spec: SnapshotSpec;
  /** Build key, 64 hex digits. */
  readonly key: string;
  readonly arch: string;
  readonly store: Store;
  /** Identity of this stack. */
  readonly identity: pulumi.Input<string>;
  /** A text that was not given before: the snapshot is lost, and is made again from the store. @default it is there */
  readonly again?: string;
}

/**
 * The record with a snapshot in this region that is whole and owned. A worker has put its blocks already; for a disk that
 * was built before anybody wanted the snapshot they are read from the store, by this machine.
 */
export function finishedSnapshot(
  name: string,
  artifact: pulumi.Output<CommitRecord>,
  { spec, key, arch, store, identity, again }: FinishedArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<Disk> {
  const { region, volumeGib, tags } = spec;
  const stack = pulumi.getStack();
  const snapshot = new EbsSnapshot(
    name,
    {
      region,
      volumeGib: artifact.apply((record) => record.snapshots?.[region]?.volumeGib ?? volumeGib),
      source: artifact.apply((record) => source(record, region, store)),
      sha256: artifact.disk.sha256,
      description: `copr-builders ${stack} ${arch} ${key.slice(0, 8)}`,
      tags: pulumi.output(identity).apply((owner) => snapshotTags(stack, owner, arch, key, tags)),
      ...(again === undefined ? {} : { again }),
    },
    opts,
  );
  return pulumi.all([artifact, snapshot.snapshotId, snapshot.volumeGib]).apply(([record, snapshotId, gib]) => ({
    ...record,
    snapshots: { ...record.snapshots, [region]: { snapshotId, volumeGib: gib } },
  }));
}

async function source(record: CommitRecord, region: string, store: Store) {
  const archive = record.objects["raw.zst"];
  if (!archive) throw new Error(`build ${record.key.slice(0, 8)} has no raw.zst; no snapshot can be made from it`);
  const url = await openStore(store).presignGet(archive.object, { expiresSeconds: READ_SECONDS });
  const stored = { url, compression: "zstd" as const };
  // The worker's snapshot may have been given up since, or deleted.
  const blocks = record.snapshots?.[region];
  return blocks === undefined ? stored : { blocks, otherwise: stored };
}
