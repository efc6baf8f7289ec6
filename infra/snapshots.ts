/** Snapshots of a disk that images are made from, where no object will do. */
import { ownTags } from "./aws/tags";
import { BUILD_TAG } from "../provider/owner";

/** A snapshot of the disk in a region, which the images of that region are made from. */
export interface SnapshotSpec {
  readonly region: string;
  /** Size of the volumes that are made from it, GiB. */
  readonly volumeGib: number;
  /** Role that the blocks are put with. */
  readonly role: string;
  /** EBS direct API as workers reach it, where that differs from Amazon's own. */
  readonly endpointForWorkers?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Changes when the image that is made from it has to be made again: it may be lost too. */
  readonly again?: string;
}

/** Tags of a snapshot: whose it is, and what is in it. */
export function snapshotTags(
  stack: string,
  identity: string,
  arch: string,
  key: string,
  more: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...ownTags(stack, identity, `copr-builder-${arch}-${key.slice(0, 8)}`, more), arch, [BUILD_TAG]: key };
}
