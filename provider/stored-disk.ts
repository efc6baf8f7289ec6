/** The raw disk of a build, read from the store: downloaded and unpacked on its way. */
import { Readable } from "node:stream";
import { download, probe, shownUrl } from "./download";
import type { OpenStore } from "./object-store";
import type { Store } from "./store";
import { unzstd } from "./unzstd";

/** So long the store's address holds: as long as an image may take. */
const READ_SECONDS = 6 * 60 * 60;

/** @param object one zstd stream in the store */
export async function* readDisk(
  openStore: OpenStore,
  store: Store,
  object: string,
  stop: AbortSignal,
): AsyncGenerator<Buffer> {
  const url = await openStore(store).presignGet(object, { expiresSeconds: READ_SECONDS });
  const found = await probe(url, stop);
  const packed = Readable.from(download(url, found, stop), { objectMode: false });
  yield* unzstd(packed, shownUrl(url), stop);
}
