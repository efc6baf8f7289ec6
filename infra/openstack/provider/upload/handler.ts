import { z } from "zod";
import { messageOf } from "../../../../contract/message-of";
import { parse, sha256Schema } from "../../../../contract/schemas/parse";
import { UserError } from "../../../../contract/user-error";
import { type Call, neverUpdated, replaceOn, type ResourceHandler } from "../../../../provider/handler";
import { failures, storeSchema } from "../../../../provider/inputs";
import type { OpenStore } from "../../../../provider/object-store";
import { identitySchema } from "../../../../provider/owner";
import { isCommitted } from "../../../../provider/stored-body";
import type { Wait } from "../../../../provider/wait";
import { choiceSchema } from "../cloud/access";
import type { Cloud, OpenCloud } from "../cloud/cloud";
import { type Glance, type GlanceImage, glanceOf } from "../cloud/glance";
import { removeImage } from "../image/remove";
import { isOf, ownerMarks } from "../marks";
import { builderOf, uploadImageId } from "./marks";
import { targetOf, tryOut, whyNot, withdraw } from "./permit";

const argsSchema = z.object({
  cloud: choiceSchema,
  key: sha256Schema,
  machine: z.string().min(1),
  identity: identitySchema,
  encoding: z.enum(["raw", "qcow2"]),
  endpoint: z.url().exactOptional(),
  record: z.object({ store: storeSchema, object: z.string().min(1) }),
});
type Args = z.output<typeof argsSchema>;

export interface GlanceUploadOptions {
  readonly openCloud: OpenCloud;
  readonly openStore: OpenStore;
  readonly wait: Pick<Wait, "now">;
}

/** Glance gives an id once. */
const MOST_IDS = 16;

export function glanceUploadHandler({ openCloud, openStore, wait }: GlanceUploadOptions): ResourceHandler {
  const read = (properties: unknown): Args => parse(argsSchema, properties, "the inputs of a GlanceUpload");

  /** An image that a worker may fill. @returns why there is none instead */
  const begin = async (args: Args, cloud: Cloud): Promise<{ readonly imageId: string } | string> => {
    const beforehand = await whyNot(cloud);
    if (beforehand !== undefined) return beforehand;
    const glance = glanceOf(cloud);
    const image = await newImage(args, glance);
    if (image === undefined) return `${MOST_IDS} ids of images are used up`;
    const why = await tryOut(cloud, await targetOf(cloud, image.id, args.endpoint), wait.now());
    if (why === undefined) return { imageId: image.id };
    await removeImage(glance, image.id, removal(args));
    return why;
  };

  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => replaceOn(["key", "machine", "encoding", "endpoint"], olds, news),
    create: async (inputs, call) => {
      const args = read(inputs.value);
      const begun = await begin(args, openCloud(args.cloud)).catch(cloudsWords);
      if (typeof begun !== "string") return { id: begun.imageId, outs: { ...inputs.value, ...begun } };
      // It holds up nothing: the disk gets there as it would without.
      call.log.warn(
        `the worker sends no disk to cloud "${args.cloud.cloud}", this machine will, from the store: ${begun}`,
      );
      return { id: `none-${args.machine}`, outs: inputs.value };
    },
    read: async (id, { value }) => {
      const { imageId } = value;
      const there = typeof imageId !== "string" || (await glanceOf(openCloud(read(value).cloud)).get(id)) !== undefined;
      return there ? value : undefined;
    },
    update: neverUpdated,
    delete: async (id, { value }, call) => {
      const args = read(value);
      const { imageId } = value;
      if (typeof imageId !== "string") return;
      const cloud = openCloud(args.cloud);
      await withdraw(cloud, await targetOf(cloud, imageId, args.endpoint));
      if (!(await isCommitted(openStore, args.record, id))) await removeImage(glanceOf(cloud), id, removal(args, call));
    },
  };
}

function removal(args: Args, call?: Call) {
  return {
    isOurs: (image: GlanceImage) => isOf(image, builderOf(args)),
    ourProtection: false,
    ...(call && { tell: (text: string) => call.log.info(text) }),
  };
}

/** One that is queued: what a run without a state has left of this machine's is had again, or makes way. */
async function newImage(args: Args, glance: Glance): Promise<GlanceImage | undefined> {
  const { key, machine, encoding } = args;
  for (let count = 0; count < MOST_IDS; count += 1) {
    const id = uploadImageId(args, machine, encoding, count);
    const marks = ownerMarks(builderOf(args));
    const image =
      (await glance.get(id)) ??
      (await glance.create({
        ...{ ...marks, id, name: `copr-builder-disk-${key.slice(0, 8)}`, disk_format: encoding },
        ...({ container_format: "bare", visibility: "private", min_disk: 0 } as const),
      }));
    if (image === undefined || !isOf(image, builderOf(args)) || !(await glance.isHere(image))) continue;
    if (image.status === "queued") return image;
    await removeImage(glance, id, removal(args));
  }
  return undefined;
}

/** @throws what is no trouble of the cloud's */
function cloudsWords(error: unknown): string {
  if (error instanceof UserError) return messageOf(error).replaceAll("\n", "; ");
  throw error;
}
