/** A disk in Glance before it is an image of a generation: begun for a worker, and filled by it where the cloud can let it. */
import type * as pulumi from "@pulumi/pulumi";
import * as z from "zod";
import type { PutUpload } from "../../contract/agent-spec";
import type { CommitRecord } from "../../contract/commit-record";
import { parse } from "../../contract/schemas/parse";
import {
  receiverOf,
  type BegunForm,
  type FinishedForm,
  type FormBuild,
  type FormParts,
  type WantedForm,
  type Writer,
} from "../forms";
import type { Disk } from "../platform";
import type { DiskForm } from "./form";
import { choiceOf } from "./place";
import { GlanceGrant, GlanceUpload } from "./provider";
import { uploadName } from "./provider/upload/marks";
import { glancePlace } from "./provider/upload/place";

export const diskInGlance: FormParts<DiskForm> = { begin, supply, finish };

const nameOf = (form: DiskForm): string => uploadName(glancePlace(form));

function begin(
  form: DiskForm,
  { key, identity, machine, store, record }: FormBuild,
): pulumi.Output<PutUpload | undefined> {
  const { encoding, endpoint } = form;
  const name = nameOf(form);
  const { imageId } = new GlanceUpload(`upload-${name}`, {
    ...{ cloud: choiceOf(form), key, machine, identity, encoding },
    record: { store, object: record },
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  return imageId.apply((receiver): PutUpload | undefined =>
    receiver === undefined ? undefined : { format: "put", name, encoding, receiver },
  );
}

function supply(
  name: string,
  begun: readonly BegunForm<DiskForm>[],
  { connection, machine, program, folder, lifetimeMinutes }: Writer,
  opts: pulumi.CustomResourceOptions,
): void {
  for (const { form, upload } of begun) {
    const imageId = receiverOf(upload);
    const { endpoint } = form;
    new GlanceGrant(
      `${name}-${nameOf(form)}`,
      {
        ...{ connection, machine, program, folder, lifetimeMinutes, imageId },
        ...{ upload: nameOf(form), cloud: choiceOf(form) },
        ...(endpoint === undefined ? {} : { endpoint }),
      },
      opts,
    );
  }
}

/** Nothing waits here: the image that is published takes it over, or is made from the store. */
function finish(
  _name: string,
  disk: pulumi.Output<CommitRecord>,
  { form, again }: WantedForm<DiskForm>,
): pulumi.Output<FinishedForm> {
  return disk.apply(({ bodies, key }): FinishedForm => {
    const body = again === undefined ? bodies?.[nameOf(form)] : undefined;
    if (body === undefined) return {};
    const { receiver: imageId, md5, sha512 } = body;
    return { sent: { imageId, key, md5, sha512 } };
  });
}

const finished = z.object({
  sent: z.object({ imageId: z.string(), key: z.string(), md5: z.string(), sha512: z.string() }).optional(),
});

/** What the worker has put into Glance of this disk; undefined where it has not. */
export function sentOf({ form, key }: Disk): z.output<typeof finished>["sent"] {
  return parse(finished, form ?? {}, `what was sent of build ${key.slice(0, 8)}`).sent;
}
