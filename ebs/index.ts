/**
 * Writing disks into EBS snapshots, block by block: by the agent on a worker, and by the provider. Nothing here starts,
 * completes or deletes a snapshot.
 */
export { alignToBlocks, type BlockPlace } from "./blocks";
export { openJournal } from "./journal";
export type { BlockCredentials } from "./sign";
export { BlockWriter, type GiveCredentials, type WrittenBlocks } from "./writer";
export { bytesOf, type Extent, type ExtentTools, findExtents } from "./extents";
export { hashSink, HashThread } from "./hash-thread";
export { type Feed, putDisk } from "./put-disk";
export { readOnce } from "./read-once";
export { SLOT_BYTES } from "./slots";
