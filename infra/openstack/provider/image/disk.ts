/** The raw disk from the store, on its way into an image. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { download, probe, shownUrl } from "../../../../provider/download";
import type { OpenStore } from "../../../../provider/object-store";
import { unzstd } from "../../../../provider/unzstd";
import type { Args } from "./args";

/** So long the store's address holds: as long as an image may take. */
const READ_SECONDS = 6 * 60 * 60;

export type Disk = Pick<Args, "object" | "store" | "sizeBytes" | "sha256">;

/** Unpacked while it is read. */
export async function* readDisk(
  { object, store }: Disk,
  openStore: OpenStore,
  stop: AbortSignal,
): AsyncGenerator<Buffer> {
  const url = await openStore(store).presignGet(object.object, { expiresSeconds: READ_SECONDS });
  const found = await probe(url, stop);
  const packed = Readable.from(download(url, found, stop), { objectMode: false });
  yield* unzstd(packed, shownUrl(url), stop);
}

/**
 * The same bytes, the last of them only when all are right: who sends them cuts the connection else, and what was sent is no image.
 * @param onBytes told how many there were so far
 */
export async function* checkedDisk(
  bytes: AsyncIterable<Buffer>,
  { sizeBytes, sha256 }: Pick<Disk, "sizeBytes" | "sha256">,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let held: Buffer | undefined;
  let at = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    at += chunk.length;
    if (at > sizeBytes) break;
    if (held !== undefined) yield held;
    held = chunk;
    onBytes(at);
  }
  if (at !== sizeBytes)
    throw new Error(`the disk in the store has ${at > sizeBytes ? "more" : at} bytes, not ${sizeBytes}`);
  const found = hash.digest("hex");
  if (found !== sha256) throw new Error(`the sha256 of the disk in the store is ${found}, and must be ${sha256}`);
  if (held !== undefined) yield held;
}
