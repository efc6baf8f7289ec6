/** The object that a disk is imported from: made from the store, and owned with the generation. */
import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import type { CommitRecord } from "../../contract/commit-record";
import { parse, sha256Schema } from "../../contract/schemas/parse";
import type { FinishArgs, FinishedForm, WantedForm } from "../forms";
import type { Disk } from "../platform";
import type { DiskForm } from "./form";
import { IbmDiskObject } from "./provider";
import { cosHref, diskObject } from "./provider/cos";

/** The disk of the store, put there by this machine; whoever has it as a form owns it. */
export function finishDisk(
  name: string,
  disk: pulumi.Output<CommitRecord>,
  { form: { location, bucket }, again }: WantedForm<DiskForm>,
  { key, store, identity }: FinishArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<FinishedForm> {
  const object = new IbmDiskObject(
    `${name}-disk-${location}-${bucket}`,
    {
      ...{ location, bucket, key, identity },
      object: pulumi.output(identity).apply((owner) => diskObject(owner, key)),
      source: disk.apply((record) => ({ store, object: archiveOf(record) })),
      sha256: disk.disk.sha256,
      sizeBytes: disk.disk.sizeBytes,
      ...(again === undefined ? {} : { again }),
    },
    opts,
  );
  return pulumi.all([object.object, object.fileSha256]).apply(([found, fileSha256]): FinishedForm => ({
    href: cosHref({ location, bucket }, found),
    fileSha256,
  }));
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
