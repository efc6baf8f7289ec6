/** The object that a disk is imported from: begun for a worker, filled by it or else made from the store, and owned with the generation. */
import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import type { PutUpload } from "../../contract/agent-spec";
import type { CommitRecord } from "../../contract/commit-record";
import { parse, sha256Schema } from "../../contract/schemas/parse";
import {
  receiverOf,
  type BegunForm,
  type FinishArgs,
  type FinishedForm,
  type FormBuild,
  type FormParts,
  type WantedForm,
  type Writer,
} from "../forms";
import type { Disk } from "../platform";
import type { DiskForm } from "./form";
import { IbmDiskGrant, IbmDiskObject, IbmDiskUpload, type SentDisk } from "./provider";
import { cosHref, diskObject, uploadName, USUAL_PART } from "./provider/cos";

export const diskInCos: FormParts<DiskForm> = { begin, supply, finish };

function begin(
  form: DiskForm,
  { key, identity, machine, store, record }: FormBuild,
): pulumi.Output<PutUpload | undefined> {
  const { location, bucket } = form;
  const name = uploadName(form);
  const { uploadId } = new IbmDiskUpload(`upload-${name}`, {
    ...{ location, bucket, object: diskObject(identity, key), key, machine, identity },
    record: { store, object: record },
  });
  return uploadId.apply((receiver): PutUpload | undefined =>
    receiver === undefined ? undefined : { format: "put", name, encoding: "qcow2", receiver, partBytes: USUAL_PART },
  );
}

function supply(
  name: string,
  begun: readonly BegunForm<DiskForm>[],
  { connection, machine, program, folder, lifetimeMinutes }: Writer,
  opts: pulumi.CustomResourceOptions,
): void {
  for (const { form, build, upload } of begun) {
    const { location, bucket, endpoint } = form;
    const uploadId = receiverOf(upload);
    new IbmDiskGrant(
      `${name}-${uploadName(form)}`,
      {
        ...{ connection, machine, program, folder, lifetimeMinutes, location, bucket, uploadId },
        ...{ upload: uploadName(form), object: diskObject(build.identity, build.key) },
        ...(endpoint === undefined ? {} : { endpoint }),
      },
      opts,
    );
  }
}

/** The object with the disk; whoever has it as a form owns it. */
function finish(
  name: string,
  disk: pulumi.Output<CommitRecord>,
  { form, again }: WantedForm<DiskForm>,
  { key, store, identity }: FinishArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<FinishedForm> {
  const { location, bucket } = form;
  const object = new IbmDiskObject(
    `${name}-disk-${location}-${bucket}`,
    {
      ...{ location, bucket, key, identity },
      object: pulumi.output(identity).apply((owner) => diskObject(owner, key)),
      source: disk.apply((record) => ({ store, object: archiveOf(record) })),
      sha256: disk.disk.sha256,
      sizeBytes: disk.disk.sizeBytes,
      sent: disk.apply((record) => sentOf(record, form)),
      ...(again === undefined ? {} : { again }),
    },
    opts,
  );
  return pulumi.all([object.object, object.fileSha256]).apply(([found, fileSha256]): FinishedForm => ({
    href: cosHref({ location, bucket }, found),
    fileSha256,
  }));
}

/** What the worker has put there; an agent of a version before says too little of it. */
function sentOf({ bodies }: CommitRecord, form: DiskForm): SentDisk | undefined {
  const { receiver: uploadId, sizeBytes, sha256, parts } = bodies?.[uploadName(form)] ?? {};
  if (uploadId === undefined || sizeBytes === undefined || sha256 === undefined || parts === undefined)
    return undefined;
  return { uploadId, sizeBytes, sha256, parts };
}

function archiveOf({ objects, key }: CommitRecord): string {
  const archive = objects["raw.zst"];
  if (archive === undefined) throw new Error(`build ${key.slice(0, 8)} has no raw.zst; no image can be made from it`);
  return archive.object;
}

const finished = z.object({ href: z.string().min(1), fileSha256: sha256Schema });

/** The object that images of this disk are imported from. */
export function objectOf({ form, key }: Disk): z.output<typeof finished> {
  return parse(finished, form, `the object of build ${key.slice(0, 8)}`);
}
