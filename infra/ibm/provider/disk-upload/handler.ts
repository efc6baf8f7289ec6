import { z } from "zod";
import { messageOf } from "../../../../contract/message-of";
import { parse, sha256Schema } from "../../../../contract/schemas/parse";
import { neverUpdated, replaceOn, type ResourceHandler } from "../../../../provider/handler";
import { failures, storeSchema } from "../../../../provider/inputs";
import type { OpenStore } from "../../../../provider/object-store";
import { identitySchema } from "../../../../provider/owner";
import { isCommitted } from "../../../../provider/stored-body";
import { cosPlace } from "../cos";
import { MARKS, strangerAt } from "../disk-object/marks";
import type { Buckets } from "../buckets";

const argsSchema = z.object({
  location: z.string().min(1),
  bucket: z.string().min(1),
  object: z.string().endsWith(".qcow2", "must end with .qcow2"),
  key: sha256Schema,
  machine: z.string().min(1),
  identity: identitySchema,
  record: z.object({ store: storeSchema, object: z.string().min(1) }),
});
type Args = z.output<typeof argsSchema>;

export interface DiskUploadOptions {
  readonly open: Buckets;
  readonly openStore: OpenStore;
}

/** What a worker's orders and its record take as the name of a receiver. */
const RECEIVER = /^[ -~]{1,200}$/;

export function ibmDiskUploadHandler({ open, openStore }: DiskUploadOptions): ResourceHandler {
  const read = (properties: unknown): Args => parse(argsSchema, properties, "the inputs of an IbmDiskUpload");

  /** An upload that a worker may put parts into. @returns why there is none instead */
  const begin = async (args: Args): Promise<{ readonly uploadId: string } | string> => {
    const { object, identity, key } = args;
    try {
      const bucket = open(args);
      const stranger = strangerAt(args, await bucket.head(object));
      if (stranger !== undefined) return stranger;
      const uploadId = await bucket.begin(object, { [MARKS.owner]: identity, [MARKS.build]: key });
      if (RECEIVER.test(uploadId)) return { uploadId };
      await bucket.abort({ object, uploadId });
      return "the id that the bucket gives an upload is too long";
    } catch (error) {
      return messageOf(error).replaceAll("\n", "; ");
    }
  };

  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => replaceOn(["location", "bucket", "object", "key", "machine"], olds, news),
    create: async (inputs, call) => {
      const args = read(inputs.value);
      const begun = await begin(args);
      if (typeof begun !== "string") return { id: begun.uploadId, outs: { ...inputs.value, ...begun } };
      // It holds up nothing: the disk gets there as it would without.
      call.log.warn(`the worker sends no disk to ${cosPlace(args)}, this machine will, from the store: ${begun}`);
      return { id: `none-${args.machine}`, outs: inputs.value };
    },
    read: async (_id, { value }) => {
      const { uploadId } = value;
      if (typeof uploadId !== "string") return value;
      const args = read(value);
      return (await open(args).parts({ object: args.object, uploadId })) === undefined ? undefined : value;
    },
    update: neverUpdated,
    delete: async (_id, { value }) => {
      const { uploadId } = value;
      if (typeof uploadId !== "string") return;
      const args = read(value);
      if (await isCommitted(openStore, args.record, uploadId)) return;
      await open(args).abort({ object: args.object, uploadId });
    },
  };
}
