/** The raw disk on its way into an image. */
import { createHash } from "node:crypto";
import type { Args } from "./args";

export type Disk = Pick<Args, "object" | "store" | "sizeBytes" | "sha256">;

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
