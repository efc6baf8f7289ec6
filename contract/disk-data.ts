/** Where a disk has data, and a checksum of that alone: a file with holes is checked by it without reading the holes. */

/** MiB: the first, and how many. */
export type Stretch = readonly [first: number, count: number];

export interface DiskData {
  /** In order, with a gap between each two. The disk is zeros outside of them. */
  readonly stretches: readonly Stretch[];
  /** Of the stretches' bytes, one stretch after another, hex. The last one ends where the disk does, if not before. */
  readonly sha256: string;
}

/** A record is read by many, and a shell starts a process for each. */
export const MOST_STRETCHES = 64;
