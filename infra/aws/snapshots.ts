/** Snapshots of a disk: begun for a worker to fill, finished and owned with the generation that they belong to. */
import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import type { BlocksUpload, FormUpload } from "../../contract/agent-spec";
import type { CommitRecord } from "../../contract/commit-record";
import { parse } from "../../contract/schemas/parse";
import { openStore } from "../../provider/object-store";
import type { Store } from "../../provider/store";
import type { BegunForm, FinishArgs, FinishedForm, FormBuild, FormParts, WantedForm, Writer } from "../forms";
import type { Disk } from "../platform";
import type { SnapshotForm } from "./form";
import { EbsCredentials, EbsSnapshot, EbsUpload } from "./provider";
import { snapshotTags } from "./tags";

export const snapshots: FormParts<SnapshotForm> = { begin, supply, finish };

function begin(form: SnapshotForm, build: FormBuild): pulumi.Output<FormUpload | undefined> {
  const { key, arch, stack, identity, store, record, machine } = build;
  const { region, volumeGib, tags, endpointForWorkers: endpoint } = form;
  const { kmsKeyId } = form;
  const { snapshotId, encrypted } = new EbsUpload(`upload-${region}`, {
    region,
    volumeGib,
    key,
    machine,
    description: description(stack, arch, key),
    tags: snapshotTags(stack, identity, arch, key, tags),
    record: { store, object: record },
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
  });
  return pulumi.all([snapshotId, encrypted]).apply(([id, encrypted]): BlocksUpload => ({
    ...{ format: "blocks", region, volumeGib, snapshotId: id, encrypted },
    ...(endpoint === undefined ? {} : { endpoint }),
  }));
}

function asBlocks(upload: FormUpload | undefined): BlocksUpload {
  if (upload?.format === "blocks") return upload;
  throw new Error(`a snapshot is not filled by "${upload?.format ?? "nobody"}"`);
}

/** The agent is given credentials for these snapshots while it runs. */
function supply(
  name: string,
  begun: readonly BegunForm<SnapshotForm>[],
  { connection, machine, program, folder, lifetimeMinutes }: Writer,
  opts: pulumi.CustomResourceOptions,
): void {
  const uploads = begun.map(({ form: { region, role, kmsKeyId }, upload }) => {
    const blocks = upload.apply(asBlocks);
    return {
      ...{ region, role, ...(kmsKeyId === undefined ? {} : { kmsKeyId }) },
      snapshotId: blocks.snapshotId,
      encrypted: blocks.apply(({ encrypted = false }) => encrypted),
    };
  });
  new EbsCredentials(`${name}-credentials`, { connection, program, folder, uploads, machine, lifetimeMinutes }, opts);
}

/** How long the store's URL holds: as long as the snapshot may take to be written from it. */
const READ_SECONDS = 6 * 60 * 60;

/**
 * A snapshot in the region that is whole and owned. A worker has put its blocks already; for a disk that was built before
 * anybody wanted the snapshot they are read from the store, by this machine.
 */
function finish(
  name: string,
  disk: pulumi.Output<CommitRecord>,
  { form: { region, volumeGib, tags, kmsKeyId }, again }: WantedForm<SnapshotForm>,
  { key, arch, store, identity }: FinishArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<FinishedForm> {
  const stack = pulumi.getStack();
  const snapshot = new EbsSnapshot(
    `${name}-snapshot-${region}`,
    {
      region,
      volumeGib: disk.apply((record) => record.snapshots?.[region]?.volumeGib ?? volumeGib),
      source: disk.apply((record) => source(record, region, store)),
      sha256: disk.disk.sha256,
      description: description(stack, arch, key),
      tags: pulumi.output(identity).apply((owner) => snapshotTags(stack, owner, arch, key, tags)),
      ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
      ...(again === undefined ? {} : { again }),
    },
    // One that is there keeps its key, as the images that are made from it do: another counts for the next build.
    pulumi.mergeOptions(opts, { ignoreChanges: ["kmsKeyId"] }),
  );
  return pulumi
    .all([snapshot.snapshotId, snapshot.volumeGib])
    .apply(([snapshotId, gib]): FinishedForm => ({ snapshotId, volumeGib: gib }));
}

function description(stack: string, arch: string, key: string): string {
  return `copr-builders ${stack} ${arch} ${key.slice(0, 8)}`;
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

const finished = z.object({ snapshotId: z.string(), volumeGib: z.number() });

/** The snapshot that an image of this disk is registered from. */
export function snapshotOf(disk: Disk): z.output<typeof finished> {
  return parse(finished, disk.form, `the snapshot of build ${disk.key.slice(0, 8)}`);
}
