/** Makes the object of the disk in the store, on this machine. */
import { createHash } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Call } from "../../../../provider/handler";
import type { OpenBucket } from "../../../../provider/object-store-parts";
import type { World } from "../../../../provider/room";
import { readDisk } from "../../../../provider/stored-disk";
import type { Args } from "./args";
import { convert, gigabytes } from "./convert";
import { MARKS } from "./marks";

export interface MakeOptions extends Pick<World, "run" | "openStore"> {
  /** Folder for files of many GB. */
  readonly cache: string;
}

export async function makeObject(
  args: Args,
  bucket: OpenBucket,
  { run, openStore, cache }: MakeOptions,
  call: Call,
): Promise<void> {
  const folder = join(cache, "copr-builders", "ibm", digest(call.urn));
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    const { source, sizeBytes, sha256 } = args;
    const disk = readDisk(openStore, source.store, source.object, call.stop);
    const status = (text: string): void => call.log.status(text);
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
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
