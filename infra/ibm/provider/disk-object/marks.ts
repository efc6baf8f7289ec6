/** What is kept with a disk in Cloud Object Storage: whose it is, and what is in it. */
import type { OpenBucket } from "../../../../provider/object-store-parts";

export const MARKS = {
  owner: "copr-builders-owner",
  build: "build-key",
  disk: "disk-sha256",
  file: "file-sha256",
} as const;

/** Deletes it, if it bears the identity; and what a try that was cut off has left of it, which has no marks. */
export async function deleteDisk(bucket: OpenBucket, object: string, identity: string): Promise<void> {
  const there = await bucket.head(object);
  if (there !== undefined && there.marks[MARKS.owner] !== identity) return;
  await bucket.delete(object);
}
