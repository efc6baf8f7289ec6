/** What earlier runs have read of a context: digests by the state of a file. A cache: it may go at any time. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import * as path from "node:path";
import * as z from "zod";
import { writeJson } from "../../contract/json-file";
import { privateFolder } from "../../provider/private-folder";

/** Of one context: some 25 MB. What is beyond that is read each time. */
const MOST_FILES = 200_000;
/** Of all contexts; the oldest go. */
const MOST_CONTEXTS = 64;
const MOST_BYTES = 128 * 1024 ** 2;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const schema = z.object({ sum: sha256, digests: z.record(sha256, sha256) });
type Digests = z.infer<typeof schema>["digests"];

/** Neither names nor contents are in it: hashes of both. */
export class DigestCache {
  private readonly next = new Map<string, string>();
  private isNew = false;

  private constructor(
    private readonly file: string | undefined,
    private readonly before: ReadonlyMap<string, string>,
  ) {}

  /**
   * @param folder of the cache. @default nothing is known, and nothing is kept
   * @param context what the context is called by: each has a file of its own, with what its last reading found
   */
  static open(folder: string | undefined, context: readonly string[]): DigestCache {
    if (folder === undefined) return new DigestCache(undefined, new Map());
    const file = path.join(folder, `${sum(context).slice(0, 32)}.json`);
    return new DigestCache(file, readIfGood(folder, file));
  }

  get(key: string | undefined): string | undefined {
    const found = key === undefined ? undefined : this.before.get(key);
    if (key !== undefined && found !== undefined) this.next.set(key, found);
    return found;
  }

  set(key: string, digest: string): void {
    this.isNew = true;
    if (this.next.size < MOST_FILES) this.next.set(key, digest);
  }

  /** For the next run; where it can't be written that reads everything again. */
  async save(): Promise<void> {
    if (this.file === undefined || (!this.isNew && this.next.size === this.before.size)) return;
    const digests = Object.fromEntries(this.next);
    try {
      const folder = privateFolder(path.dirname(this.file));
      await writeJson(this.file, { sum: sum(digests), digests });
      removeOldest(folder);
    } catch {
      // A full disk, a home that is read only: the run needs none of it.
    }
  }
}

/** After a file was found to be another than its state said: nothing of it is believed any more. */
export async function forgetDigests(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

const sum = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");

/** Nothing from a file that is damaged, too large, or in a folder where somebody else may write. */
function readIfGood(folder: string, file: string): ReadonlyMap<string, string> {
  try {
    privateFolder(folder);
    if (statSync(file).size > MOST_BYTES) return new Map();
    const read = schema.parse(JSON.parse(readFileSync(file, "utf8")));
    return sum(read.digests) === read.sum ? new Map(Object.entries(read.digests satisfies Digests)) : new Map();
  } catch {
    return new Map();
  }
}

/** Half-written files of killed runs are among them. */
function removeOldest(folder: string): void {
  const files = readdirSync(folder)
    .map((name) => path.join(folder, name))
    .map((file) => ({ file, ...sizeAndTime(file) }))
    .sort((a, b) => b.time - a.time);
  let bytes = 0;
  files.forEach(({ file, size }, index) => {
    bytes += size;
    if (index >= MOST_CONTEXTS || bytes > MOST_BYTES) rmSync(file, { force: true, recursive: true });
  });
}

/** Another run may take it away meanwhile. */
function sizeAndTime(file: string): { readonly size: number; readonly time: number } {
  const stats = statSync(file, { throwIfNoEntry: false });
  return { size: stats?.size ?? 0, time: stats?.mtimeMs ?? 0 };
}
