/**
 * Writing disks into EBS snapshots, block by block: what of the agent the provider uses too. Nothing here starts,
 * completes or deletes a snapshot.
 */
export { alignToBlocks, BLOCK_BYTES, type BlockPlace, type Skip } from "./blocks";
export { type BlockJournal, openJournal } from "./journal";
export type { EbsCredentials } from "./sign";
export { BlockWriter, type GiveCredentials, type WrittenBlocks } from "./writer";
export { type Extent, type ExtentTools, findExtents } from "./extents";
export { hashSink, HashThread } from "./hash-thread";
export { type Feed, putDisk } from "./put-disk";
export { readOnce, type Sink } from "./read-once";
export { SLOT_BYTES, type Slots } from "./slots";
