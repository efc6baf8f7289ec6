/** The sha256 of many files: each is read once, piece by piece, and not at all if it is what it was when it was read last. */
import { createHash } from "node:crypto";
import { type BigIntStats, closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { UserError } from "../../contract/user-error";
import type { DigestCache } from "./digest-cache";
import { isSettled, stateKey } from "./file-state";
import { ReadingProgress } from "./reading-progress";

/** How a context is read. */
export interface Reading {
  /** Folder for what is known of files from one run to the next. @default everything is read */
  readonly cache?: string;
  /** Hears how far it is, where that takes long. */
  readonly say?: (text: string) => Promise<void>;
  /** @default the clock of this machine */
  readonly now?: () => Date;
}

const PIECE_BYTES = 1024 ** 2;
/** Others have something to do in this process, too: registries answer, the engine asks. */
const TURN_MS = 50;

/**
 * Calls `found` with the sha256 of each, hex; those that are known first. Reads without waiting in between: on a busy machine each
 * handing over to a thread and back takes longer than a small file.
 * @param context for people
 * @throws UserError for a file that can't be read
 */
export async function readFiles<File>(
  context: string,
  files: readonly { readonly file: File; readonly place: string }[],
  known: DigestCache,
  found: (file: File, sha256: string) => void,
  { say, now = () => new Date() }: Reading,
): Promise<void> {
  const unread = files.flatMap((one) => {
    const stats = statsOf(one.place);
    const digest = stats === undefined ? undefined : known.get(stateKey(one.place, stats));
    if (digest === undefined) return [{ ...one, size: Number(stats?.size ?? 0) }];
    found(one.file, digest);
    return [];
  });
  const progress = new ReadingProgress(context, unread, say, now);
  const buffer = Buffer.allocUnsafe(PIECE_BYTES);
  let turn = now().getTime();
  const letOthers = async () => {
    if (now().getTime() - turn < TURN_MS) return;
    await progress.tell();
    await setImmediate();
    turn = now().getTime();
  };
  for (const { file, place } of unread) {
    const content = new Content(place, now());
    for (const bytes of content.pieces(buffer)) {
      progress.bytesRead(bytes);
      await letOthers();
    }
    const { sha256, key } = content;
    if (key !== undefined) known.set(key, sha256);
    found(file, sha256);
    progress.fileRead();
    await letOthers();
  }
  await progress.end();
}

/** Undefined for one that can't be looked at: its reading says why. */
function statsOf(place: string): BigIntStats | undefined {
  try {
    return statSync(place, { bigint: true });
  } catch {
    return undefined;
  }
}

/** One file; what it holds is known when all of its pieces were taken. */
class Content {
  sha256 = "";
  /** What the same state of the file is known by; undefined where that can't be told. */
  key: string | undefined;

  constructor(
    private readonly place: string,
    private readonly began: Date,
  ) {}

  /** The size of each. */
  *pieces(buffer: Buffer): Generator<number, void> {
    const hash = createHash("sha256");
    const fd = this.said(() => openSync(this.place, "r"));
    try {
      const before = this.said(() => fstatSync(fd, { bigint: true }));
      const read = () => this.said(() => readSync(fd, buffer));
      for (let bytes = read(); bytes > 0; bytes = read()) {
        hash.update(buffer.subarray(0, bytes));
        yield bytes;
      }
      this.sha256 = hash.digest("hex");
      const after = this.said(() => fstatSync(fd, { bigint: true }));
      this.key = isSettled(before, after, this.began) ? stateKey(this.place, before) : undefined;
    } finally {
      closeSync(fd);
    }
  }

  private said<T>(call: () => T): T {
    try {
      return call();
    } catch (cause) {
      throw new UserError(`${this.place} can't be read; make it readable, or name it in .containerignore`, { cause });
    }
  }
}
