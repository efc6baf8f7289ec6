import { messageOf } from "../../../../contract/message-of";
import { parse } from "../../../../contract/schemas/parse";
import { againGiven } from "../../../../provider/again";
import { type Call, type Properties, replaceOn, type ResourceHandler } from "../../../../provider/handler";
import { failures } from "../../../../provider/inputs";
import type { MarkedObject, OpenBucket } from "../../../../provider/object-store-parts";
import type { Buckets } from "../buckets";
import { cosHref } from "../cos";
import { adopt, etagOf } from "./adopt";
import { type Args, argsSchema } from "./args";
import { makeObject, type MakeOptions } from "./make";
import { MARKS, strangerAt } from "./marks";

export interface DiskObjectOptions extends MakeOptions {
  readonly open: Buckets;
}

export function ibmDiskObjectHandler({ open, ...making }: DiskObjectOptions): ResourceHandler {
  const read = (properties: Properties): Args => parse(argsSchema, properties, "the inputs of an IbmDiskObject");

  /** The object as it is there, and made before if it was not: of what a worker has sent, or else from the store. */
  const provide = async (args: Args, call: Call): Promise<Properties> => {
    const bucket = open(args);
    const kept =
      (await lookAt(args, bucket)) ?? (await fromWorker(args, bucket, call)) ?? (await fromStore(args, bucket, call));
    await tidy(args, bucket, call);
    return { ...args, ...kept };
  };

  const fromWorker = async (args: Args, bucket: OpenBucket, call: Call): Promise<Properties | undefined> => {
    if (args.sent === undefined) return undefined;
    await adopt(args, args.sent, bucket, call);
    const kept = await lookAt(args, bucket);
    if (kept === undefined) call.log.warn(`${args.object} is made from the store, by this machine`);
    return kept;
  };

  const fromStore = async (args: Args, bucket: OpenBucket, call: Call): Promise<Properties> => {
    try {
      await makeObject(args, bucket, making, call);
    } catch (error) {
      call.stop.throwIfAborted();
      // Of two runs that make the same one, the first to finish gives up what the other has begun.
      const theirs = await lookAt(args, bucket);
      if (theirs === undefined) throw error;
      return theirs;
    }
    const made = await lookAt(args, bucket);
    if (made === undefined)
      throw new Error(`${args.object} is not what was put there: somebody else has put another disk`);
    return made;
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
      const kept = known(args, await open(args).head(args.object));
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

/** @throws Error where it is somebody else's */
async function lookAt(args: Args, bucket: OpenBucket): Promise<Properties | undefined> {
  const there = await bucket.head(args.object);
  const stranger = strangerAt(args, there);
  if (stranger !== undefined) throw new Error(stranger);
  return known(args, there);
}

/** What it holds, where it is this disk: by what this machine has written on it, or by the sums of what a worker has sent. */
function known({ sha256, sent }: Args, there: MarkedObject | undefined): Properties | undefined {
  if (there === undefined) return undefined;
  const { marks, sizeBytes: fileBytes, etag } = there;
  const fileSha256 = marks[MARKS.file];
  if (marks[MARKS.disk] === sha256 && fileSha256 !== undefined) return { fileSha256, fileBytes };
  if (sent === undefined || etag !== etagOf(sent) || fileBytes !== sent.sizeBytes) return undefined;
  return { fileSha256: sent.sha256, fileBytes };
}

/** Parts of tries that were cut off: nobody waits for them now. */
async function tidy({ object }: Args, bucket: OpenBucket, call: Call): Promise<void> {
  try {
    await bucket.abortAll(object);
  } catch (error) {
    call.log.warn(`parts of ${object} may be left, "npm run owned" lists them: ${messageOf(error)}`);
  }
}
