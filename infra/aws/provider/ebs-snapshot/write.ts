/** Makes a snapshot from a file or an URL, up to the request to complete it. */
import { join } from "node:path";
import {
  type BlockPlace,
  BlockWriter,
  type Feed,
  hashSink,
  HashThread,
  openJournal,
  putDisk,
  type WrittenBlocks,
} from "../../../../ebs";
import { GIB } from "../../../../contract/sizes";
import { startPending } from "../ebs-lifecycle";
import type { Wait } from "../../../../provider/wait";
import type { EbsSnapshots } from "../ebs-snapshots";
import type { Call } from "../../../../provider/handler";
import { OWNER_TAG } from "../../../../provider/owner";
import { type Args, type FileSource, sourceName, type UrlSource } from "./args";
import { forgetBegun, readBegun, writeBegun } from "./begun";
import type { OpenedSource } from "./source";

export interface WriteOptions {
  readonly args: Args & { readonly source: FileSource | UrlSource };
  readonly source: OpenedSource;
  readonly snapshots: EbsSnapshots;
  readonly openSnapshots: (region: string) => EbsSnapshots;
  /** Of this resource: see `begun.ts`. */
  readonly folder: string;
  readonly wait: Wait;
  readonly call: Call;
}

export interface WrittenSnapshot extends WrittenBlocks {
  readonly snapshotId: string;
  readonly encrypted: boolean;
  readonly volumeGib: number;
}

/** Told the id as soon as there is one. */
export type OnStarted = (snapshotId: string) => void;

export async function writeSnapshot(options: WriteOptions, onStarted: OnStarted): Promise<WrittenSnapshot> {
  const { args, source, snapshots, folder, wait, call } = options;
  const volumeGib = volumeOf(args, source);
  const { encrypted, kmsKeyId } = args;
  // The same content is taken up where it was cut; anything else is another snapshot.
  const owner = args.tags?.[OWNER_TAG];
  const name = JSON.stringify([
    owner,
    call.urn,
    sourceName(args.source),
    source.version,
    volumeGib,
    encrypted,
    kmsKeyId,
  ]);
  await dropOther(options, name);
  const started = await startPending(snapshots, name, { ...args, volumeGib, tags: args.tags ?? {} }, wait, call.stop);
  const { snapshotId } = started;
  onStarted(snapshotId);
  await writeBegun(folder, { name, region: args.region, snapshotId });

  const place: BlockPlace = {
    ...{ region: args.region, snapshotId, volumeGib },
    ...(snapshots.blockEndpoint !== undefined && { endpoint: snapshots.blockEndpoint }),
  };
  const writer = new BlockWriter({
    place,
    journal: await openJournal(join(folder, "journal"), snapshotId, name),
    credentials: (refused) => snapshots.credentials(refused),
    clock: { now: wait.now, sleep: (ms) => wait.sleep(ms, call.stop) },
    signal: call.stop,
    say: (line) => call.log.status(line),
  });
  try {
    await putDisk(checked(source.feed, args.sha256), {
      writers: [writer],
      skip: started.encrypted ? "nothing" : args.skip,
      onBytes: progress(call, source.sizeBytes),
      signal: call.stop,
    });
    return { ...writer.written(), snapshotId, volumeGib, encrypted: started.encrypted };
  } finally {
    writer.close();
  }
}

function volumeOf({ volumeGib }: Args, { sizeBytes }: OpenedSource): number {
  const needed = sizeBytes === undefined ? undefined : Math.ceil(sizeBytes / GIB);
  const wanted = volumeGib ?? needed;
  if (wanted === undefined) throw new Error("volumeGib is needed: the size of the disk is not known beforehand");
  if (needed !== undefined && needed > wanted)
    throw new Error(`volumeGib is ${wanted}, but the disk needs ${needed} GiB`);
  return wanted;
}

/** What was begun from another content is of no use any more. */
async function dropOther({ folder, openSnapshots, call }: WriteOptions, name: string): Promise<void> {
  const begun = await readBegun(folder);
  if (begun === undefined || begun.name === name) return;
  call.log.info(`deleting snapshot ${begun.snapshotId}: it was begun from what the source was before`);
  await openSnapshots(begun.region).delete(begun.snapshotId);
  await forgetBegun(folder);
}

function checked(feed: Feed, sha256: string | undefined): Feed {
  if (sha256 === undefined) return feed;
  return async (slots, sinks, signal) => {
    const hash = new HashThread(slots.memory, (slot) => slots.release(slot));
    try {
      await Promise.race([feed(slots, [...sinks, hashSink(hash, slots)], signal), hash.done]);
      const found = await hash.digest();
      if (found !== sha256) throw new Error(`the disk's sha256 is ${found}, but sha256 says ${sha256}`);
    } finally {
      await hash.stop();
    }
  };
}

const STATUS_MS = 1000;

function progress(call: Call, sizeBytes: number | undefined): (bytes: number) => void {
  const gb = (bytes: number): string => (bytes / 1e9).toFixed(1);
  let said = 0;
  return (bytes) => {
    if (Date.now() - said < STATUS_MS) return;
    said = Date.now();
    call.log.status(`upload ${gb(bytes)}${sizeBytes === undefined ? "" : `/${gb(sizeBytes)}`} GB`);
  };
}
