import { createHash } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { parse, sha256Schema } from "../../../../contract/schemas/parse";
import { againGiven, againSchema } from "../../../../provider/again";
import { type Call, type Properties, replaceOn, type ResourceHandler } from "../../../../provider/handler";
import { failures, storeSchema } from "../../../../provider/inputs";
import type { Bucket, MarkedObject, OpenBucketOf } from "../../../../provider/object-store-parts";
import { identitySchema } from "../../../../provider/owner";
import type { World } from "../../../../provider/room";
import { readDisk } from "../../../../provider/stored-disk";
import { cosHref, type CosBucket } from "../cos";
import { convert, gigabytes } from "./convert";
import { MARKS } from "./marks";

const argsSchema = z.object({
  location: z.string().min(1),
  bucket: z.string().min(1),
  // VPC goes by the ending.
  object: z.string().endsWith(".qcow2", "must end with .qcow2"),
  source: z.object({ store: storeSchema, object: z.string().min(1) }),
  sha256: sha256Schema,
  sizeBytes: z.int().positive(),
  key: sha256Schema,
  identity: identitySchema,
  again: againSchema.exactOptional(),
});
type Args = z.output<typeof argsSchema>;

export interface DiskObjectOptions extends Pick<World, "run" | "openStore"> {
  readonly openBucket: OpenBucketOf;
  /** The bucket with its keys. */
  readonly bucketOf: (bucket: CosBucket) => Bucket;
  /** Folder for files of many GB. */
  readonly cache: string;
}

export function ibmDiskObjectHandler(options: DiskObjectOptions): ResourceHandler {
  const read = (properties: Properties): Args => parse(argsSchema, properties, "the inputs of an IbmDiskObject");
  const open = (of: CosBucket) => options.openBucket(options.bucketOf(of));

  /** The object as it is there, and made before if it was not. */
  const provide = async (args: Args, call: Call): Promise<Properties> => {
    const bucket = open(args);
    const there = await bucket.head(args.object);
    if (there !== undefined) refuseStranger(args, there);
    const kept = there === undefined ? undefined : known(args, there);
    if (kept !== undefined) return { ...args, ...kept };
    const folder = join(options.cache, "copr-builders", "ibm", digest(call.urn));
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      const { store, object } = args.source;
      const { run, openStore } = options;
      const disk = readDisk(openStore, store, object, call.stop);
      const status = (text: string): void => call.log.status(text);
      const { sizeBytes, sha256 } = args;
      const made = await convert({ disk, sizeBytes, sha256, folder, run, stop: call.stop, status });
      await bucket.sendFile(args.object, {
        file: made.file,
        marks: {
          [MARKS.owner]: args.identity,
          [MARKS.build]: args.key,
          [MARKS.disk]: args.sha256,
          [MARKS.file]: made.sha256,
        },
        stop: call.stop,
        onProgress: (sent) => status(`sending ${gigabytes(sent)}/${gigabytes(made.sizeBytes)} GB`),
      });
      return { ...args, fileSha256: made.sha256, fileBytes: made.sizeBytes };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };

  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => {
      const { changes, replaces } = replaceOn(["location", "bucket", "object", "sha256"], olds, news);
      const updated = replaceOn(["identity", "source", "key"], olds, news).changes || againGiven(olds, news);
      return { changes: changes || updated, replaces };
    },
    create: async (inputs, call) => {
      const args = read(inputs.value);
      return { id: cosHref(args, args.object), outs: await provide(args, call) };
    },
    read: async (_id, state) => {
      const args = read(state.value);
      const there = await open(args).head(args.object);
      const kept = there === undefined ? undefined : known(args, there);
      return kept === undefined ? undefined : { ...state.value, ...kept };
    },
    update: async (_id, _olds, news, call) => provide(read(news.value), call),
    delete: async (id, state, call) => {
      const args = read(state.value);
      const bucket = open(args);
      const there = await bucket.head(args.object);
      if (there !== undefined && there.marks[MARKS.owner] !== args.identity) {
        call.log.info(`${id} is left alone: it belongs to ${there.marks[MARKS.owner] ?? "somebody else"} now`);
        return;
      }
      // The resource that replaces this one has put another disk there.
      if (there !== undefined && known(args, there) === undefined) return;
      await bucket.delete(args.object);
    },
  };
}

/** What it holds, where it is this disk. */
function known({ sha256 }: Args, { marks, sizeBytes }: MarkedObject): Properties | undefined {
  const fileSha256 = marks[MARKS.file];
  if (marks[MARKS.disk] !== sha256 || fileSha256 === undefined) return undefined;
  return { fileSha256, fileBytes: sizeBytes };
}

function refuseStranger(args: Args, { marks }: MarkedObject): void {
  const owner = marks[MARKS.owner];
  if (owner === args.identity) return;
  const whose = owner === undefined ? "which bears no mark of a stack" : `of the stack with the identity ${owner}`;
  throw new Error(
    `there is an object ${cosHref(args, args.object)} already, ${whose}; move it away, then run "pulumi up" again`,
  );
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
