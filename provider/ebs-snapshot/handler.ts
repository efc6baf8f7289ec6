import { keepAllSecrets, type Decoded } from "../codec";
import { type Wait, waitCompleted } from "../ebs-lifecycle";
import type { EbsSnapshots, OpenSnapshots } from "../ebs-snapshots";
import { type Call, Interrupt, PartialFailure, type Properties, type ResourceHandler } from "../handler";
import { failures, parse } from "../inputs";
import type { Run } from "../process";
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
    const { region, tags = {} } = read(inputs.value);
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
      const message = `snapshot ${written.snapshotId} in ${region} is not finished; "pulumi up" goes on with it, "pulumi destroy" deletes it`;
      throw new PartialFailure(message, written.snapshotId, { ...outs, ...UNFINISHED }, { cause });
    }
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
      const changes = replaces.length > 0 || olds.finished === false || !sameTags(olds.tags, news.tags);
      return { changes, replaces };
    },
    create: async (inputs, call) => {
      const args = read(inputs.value);
      const { source } = args;
      if ("blocks" in source) {
        const written = putByOthers(source, args);
        return { id: written.snapshotId, outs: await finish(written, inputs, call) };
      }
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
      return { ...outputs(news), ...written, finished: true };
    },
    delete: (id, state) => openSnapshots(read(state.value).region).delete(id),
  };
}

const outputs = (inputs: Decoded): Properties => ({ ...keepAllSecrets(inputs), asked: asked(inputs.value) });

function putByOthers({ blocks }: BlocksSource, { volumeGib = 0 }: Args): WrittenSnapshot {
  return { ...blocks, volumeGib, encrypted: false };
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
    const source = await openSource(args.source, run, call.stop);
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
      const left = `snapshot ${started} in ${args.region} is left behind: ${deletion instanceof Error ? deletion.message : String(deletion)}`;
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
