import { messageOf } from "../../../../contract/message-of";
import { keepAllSecrets, type Decoded } from "../../../../provider/codec";
import { againGiven } from "../../../../provider/again";
import { mayBeOf } from "../tags";
import { SnapshotLost, waitCompleted } from "../ebs-lifecycle";
import type { Wait } from "../../../../provider/wait";
import type { EbsSnapshots, OpenSnapshots, SnapshotInfo } from "../ebs-snapshots";
import {
  type Call,
  Interrupt,
  PartialFailure,
  type Properties,
  type ResourceHandler,
} from "../../../../provider/handler";
import { failures } from "../../../../provider/inputs";
import { parse } from "../../../../contract/schemas/parse";
import { AGAIN_TAG, BUILD_TAG, OWNER_TAG } from "../../../../provider/owner";
import type { Run } from "../../../../provider/process";
import { type Args, argsSchema, asked, type BlocksSource, sourceName } from "./args";
import { begunFolder, forgetBegun } from "./begun";
import { openSource } from "./source";
import { writeSnapshot, type WrittenSnapshot } from "./write";

export interface EbsSnapshotOptions {
  readonly openSnapshots: OpenSnapshots;
  readonly run: Run;
  readonly wait: Wait;
  /** Folder for what a killed run has to leave to the next one. */
  readonly cache: string;
}

/** In the state until the snapshot is completed. */
const UNFINISHED = { finished: false };

export function ebsSnapshotHandler(options: EbsSnapshotOptions): ResourceHandler {
  const { openSnapshots, wait } = options;
  const read = (properties: unknown): Args => parse(argsSchema, properties, "the inputs of an EbsSnapshot");

  /** Up to the end of the wait; the state knows the snapshot from when it may be waited for. */
  const finish = async (written: WrittenSnapshot, inputs: Decoded, call: Call): Promise<Properties> => {
    const { region, tags: given, again } = read(inputs.value);
    const tags = { ...given, ...(again === undefined ? {} : { [AGAIN_TAG]: again }) };
    const outs = { ...outputs(inputs), ...written };
    const snapshots = openSnapshots(region);
    try {
      await complete(snapshots, written);
      const found = await waitCompleted(snapshots, written.snapshotId, wait, call.stop, (text) =>
        call.log.status(text),
      );
      const missing = Object.entries(tags).filter(([name, value]) => found.tags[name] !== value);
      if (missing.length > 0) await snapshots.tag(written.snapshotId, Object.fromEntries(missing), []);
      return { ...outs, encrypted: found.encrypted, volumeGib: found.volumeGib, finished: true };
    } catch (cause) {
      const message = `snapshot ${written.snapshotId} in ${region} is not finished; "pulumi up" goes on with it, or makes it again; "pulumi destroy" deletes it`;
      // What is lost can't be waited for again: the next run replaces it.
      const lost = cause instanceof SnapshotLost ? { abandoned: true } : {};
      throw new PartialFailure(message, written.snapshotId, { ...outs, ...UNFINISHED, ...lost }, { cause });
    }
  };

  /** Undefined where nothing comes of what others put, and the disk can be read elsewhere. */
  const takeOver = async (source: BlocksSource, inputs: Decoded, call: Call) => {
    const args = read(inputs.value);
    const snapshots = openSnapshots(args.region);
    const { snapshotId } = source.blocks;
    let why = await unusable(snapshots, snapshotId, args.tags);
    if (why === undefined) {
      try {
        return { id: snapshotId, outs: await finish(putByOthers(source, args), inputs, call) };
      } catch (error) {
        if (source.otherwise === undefined || !isRefused(error)) throw error;
        why = `is lost: ${error.cause.message}`;
      }
    }
    const what = `snapshot ${snapshotId} in ${args.region} ${why}`;
    if (source.otherwise === undefined) throw new Error(`${what}, and nothing is said where else the disk is`);
    call.log.warn(`${what}; the disk is read from the store`);
    const found = await snapshots.find(snapshotId);
    if (found !== undefined && isOurs(found, args.tags)) await snapshots.delete(snapshotId);
    return undefined;
  };

  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => {
      // What was not asked for is not in the state: an output of that name must not stand in for it.
      const before = isAsked(olds.asked)
        ? { ...olds, volumeGib: olds.asked.volumeGib, encrypted: olds.asked.encrypted }
        : olds;
      const replaces = ["region", "sha256", "volumeGib", "encrypted", "kmsKeyId"].filter(
        (key) => JSON.stringify(before[key]) !== JSON.stringify(news[key]),
      );
      // A snapshot that could not be deleted is replaced by a good one, and deleted then.
      if (sourceName(olds.source) !== sourceName(news.source) || olds.abandoned === true) replaces.push("source");
      if (againGiven(olds, news)) replaces.push("again");
      const changes = replaces.length > 0 || olds.finished === false || !sameTags(olds.tags, news.tags);
      return { changes, replaces };
    },
    create: async (inputs, call) => {
      const args = read(inputs.value);
      const taken = "blocks" in args.source ? await takeOver(args.source, inputs, call) : undefined;
      if (taken !== undefined) return taken;
      const source = "blocks" in args.source ? args.source.otherwise : args.source;
      if (source === undefined) throw new Error("a snapshot is made from a file, an URL or blocks");
      const folder = begunFolder(call.urn, options.cache);
      const written = await write({ ...args, source }, inputs, call, folder, options);
      const outs = await finish(written, inputs, call);
      await forgetBegun(folder);
      return { id: written.snapshotId, outs };
    },
    read: async (id, state) => {
      const found = await openSnapshots(read(state.value).region).find(id);
      return found === undefined || found.state === "error" ? undefined : keepAllSecrets(state);
    },
    update: async (id, olds, news, call) => {
      const args = read(news.value);
      const { changedBlocks, checksum, encrypted, volumeGib } = olds.value as unknown as WrittenSnapshot;
      const written: WrittenSnapshot = { snapshotId: id, changedBlocks, checksum, encrypted, volumeGib };
      if (olds.value.finished === false) return finish(written, news, call);
      const [before, after] = [read(olds.value).tags ?? {}, args.tags ?? {}];
      const removed = Object.keys(before).filter((name) => !(name in after));
      await openSnapshots(args.region).tag(id, after, removed);
      // What its tag says stays, though nobody asks for it any more.
      const { again } = olds.value;
      return { ...outputs(news), ...(again === undefined ? {} : { again }), ...written, finished: true };
    },
    delete: async (id, state, call) => {
      const { region, tags, again } = read(state.value);
      const snapshots = openSnapshots(region);
      const found = await snapshots.find(id);
      // One that was to be made again and was still there stays: the resource that replaces this one has it.
      if (found?.tags[AGAIN_TAG] !== undefined && found.tags[AGAIN_TAG] !== again) {
        call.log.info(`snapshot ${id} in ${region} is left alone: it was there when it was to be made again`);
        return;
      }
      if (found !== undefined && !mayBeOf(found.tags, tags?.[OWNER_TAG])) {
        call.log.info(`snapshot ${id} in ${region} is left alone: it belongs to ${found.tags[OWNER_TAG] ?? ""} now`);
        return;
      }
      await snapshots.delete(id);
    },
  };
}

const outputs = (inputs: Decoded): Properties => ({ ...keepAllSecrets(inputs), asked: asked(inputs.value) });

function putByOthers({ blocks }: BlocksSource, { volumeGib = 0 }: Args): WrittenSnapshot {
  return { ...blocks, volumeGib, encrypted: false };
}

/** Tags that a snapshot of others must have as this resource's own would: whose it is, and of which build. */
const PROOF = [OWNER_TAG, BUILD_TAG];

function isOurs(found: SnapshotInfo, tags: Args["tags"] = {}): boolean {
  return PROOF.every((name) => tags[name] === undefined || found.tags[name] === tags[name]);
}

/** Why nothing comes of what a worker's word names; undefined if it may be completed. */
async function unusable(snapshots: EbsSnapshots, snapshotId: string, tags: Args["tags"]): Promise<string | undefined> {
  const found = await snapshots.find(snapshotId);
  if (found === undefined) return "is not there any more";
  if (!isOurs(found, tags)) return `is not ours: its tags ${PROOF.join(" and ")} are others`;
  return found.state === "error" ? `was given up by AWS (${found.message || "no reason given"})` : undefined;
}

/** AWS will never complete it: it is lost, or what was put is not what the worker says. */
function isRefused(error: unknown): error is PartialFailure & { readonly cause: Error } {
  if (!(error instanceof PartialFailure) || !(error.cause instanceof Error)) return false;
  const { cause } = error;
  const answer = cause.cause instanceof Error ? cause.cause.name : "";
  return cause instanceof SnapshotLost || ["ValidationException", "ResourceNotFoundException"].includes(answer);
}

type Writable = Args & { readonly source: Exclude<Args["source"], BlocksSource> };

/** Writes the blocks; what fails, or is cancelled, leaves no snapshot, or is in the state with its id. */
async function write(
  args: Writable,
  inputs: Decoded,
  call: Call,
  folder: string,
  { openSnapshots, run, wait }: EbsSnapshotOptions,
): Promise<WrittenSnapshot> {
  const snapshots = openSnapshots(args.region);
  let started: string | undefined;
  try {
    const source = await openSource(args.source, { run, stop: call.stop, volumeGib: args.volumeGib });
    const options = { args, source, snapshots, openSnapshots, folder, wait, call };
    return await writeSnapshot(options, (snapshotId) => (started = snapshotId));
  } catch (cause) {
    // Nobody waits for cleaning up: the next run goes on with the snapshot, from the blocks that are there.
    const gone = call.gone.aborted || (cause instanceof Interrupt && cause.why === "engine gone");
    if (started === undefined || gone) throw cause;
    try {
      await snapshots.delete(started);
      await forgetBegun(folder);
    } catch (deletion) {
      const left = `snapshot ${started} in ${args.region} is left behind: ${messageOf(deletion)}`;
      const state = { ...outputs(inputs), snapshotId: started, changedBlocks: 0, checksum: "", ...UNFINISHED };
      throw new PartialFailure(left, started, { ...state, abandoned: true }, { cause });
    }
    throw cause;
  }
}

/** What an earlier, interrupted run completed is complete. */
async function complete(snapshots: EbsSnapshots, written: WrittenSnapshot): Promise<void> {
  const { snapshotId, changedBlocks, checksum } = written;
  const found = await snapshots.find(snapshotId);
  if (found?.state === "completed") return;
  try {
    await snapshots.complete(snapshotId, { changedBlocks, checksum });
  } catch (error) {
    // Asked for a second time while it is being completed; the wait that follows tells.
    if (error instanceof Error && error.cause instanceof Error && error.cause.name === "ConflictException") return;
    throw error;
  }
}

const isAsked = (value: unknown): value is Properties => typeof value === "object" && value !== null;

function sameTags(one: unknown, other: unknown): boolean {
  const sorted = (tags: unknown): string => JSON.stringify(Object.entries(tags ?? {}).sort());
  return sorted(one) === sorted(other);
}
