/** What is kept with a disk in Cloud Object Storage: whose it is, and what is in it. */
import type { MarkedObject, OpenBucket } from "../../../../provider/object-store-parts";
import { type CosBucket, cosHref } from "../cos";

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

interface Owned extends CosBucket {
  readonly object: string;
  readonly identity: string;
}

/** What to say of an object that is another's, and in the way. @returns undefined where none is */
export function strangerAt(owned: Owned, there: MarkedObject | undefined): string | undefined {
  const owner = there?.marks[MARKS.owner];
  if (there === undefined || owner === owned.identity) return undefined;
  const whose = owner === undefined ? "which bears no mark of a stack" : `of the stack with the identity ${owner}`;
  return `there is an object ${cosHref(owned, owned.object)} already, ${whose}; move it away, then run "pulumi up" again`;
}
