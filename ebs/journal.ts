import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { truncate } from "node:fs/promises";
import { readJson, writeJson } from "../contract/json-file";

/** What is known to be in a snapshot: block index and sha256. */
export interface BlockJournal {
  /** Another disk was begun in this snapshot before: every block has to be put, so that nothing of that one is left. */
  readonly overwritesAll: boolean;
  /** Is this very content there already? */
  has(index: number, digest: string): boolean;
  add(index: number, digest: string): void;
  close(): void;
}

interface Header {
  readonly snapshotId: string;
  readonly disk: string;
  readonly overwritesAll: boolean;
}

const INDEX_BYTES = 4;
const RECORD_BYTES = INDEX_BYTES + 32;

/**
 * A journal in two files, `PATH.json` (which snapshot, which disk) and `PATH.blocks` (one record for each block that the
 * service has confirmed). It outlives a kill at any instant: a half record at its end is dropped.
 * @param disk names the disk's content: whatever else was written into this snapshot is overwritten, zeros included.
 */
export async function openJournal(path: string, snapshotId: string, disk: string): Promise<BlockJournal> {
  const found = await readJson<Header>(`${path}.json`);
  const sameSnapshot = found?.snapshotId === snapshotId;
  const same = sameSnapshot && found.disk === disk;
  const overwritesAll = sameSnapshot && (found.overwritesAll || !same);
  const blocks = `${path}.blocks`;
  if (!same) {
    closeSync(openSync(blocks, "w", 0o600));
    // Durable and before the first block: a disk that is built anew after a power loss has to know of this one.
    await writeJson(`${path}.json`, { snapshotId, disk, overwritesAll } satisfies Header, true);
  }
  return new FileJournal(blocks, overwritesAll, await readRecords(blocks));
}

async function readRecords(path: string): Promise<Map<number, string>> {
  const there = new Map<number, string>();
  const records = readFileSync(path);
  const whole = records.length - (records.length % RECORD_BYTES);
  for (let at = 0; at < whole; at += RECORD_BYTES) {
    const digest = records.toString("base64", at + INDEX_BYTES, at + RECORD_BYTES);
    there.set(records.readUInt32LE(at), digest);
  }
  if (whole < records.length) await truncate(path, whole);
  return there;
}

class FileJournal implements BlockJournal {
  private readonly file: number;

  constructor(
    path: string,
    readonly overwritesAll: boolean,
    private readonly there: Map<number, string>,
  ) {
    this.file = openSync(path, "a", 0o600);
  }

  has(index: number, digest: string): boolean {
    return this.there.get(index) === digest;
  }

  add(index: number, digest: string): void {
    this.there.set(index, digest);
    const record = Buffer.alloc(RECORD_BYTES);
    record.writeUInt32LE(index);
    record.write(digest, INDEX_BYTES, "base64");
    writeSync(this.file, record);
  }

  close(): void {
    closeSync(this.file);
  }
}
