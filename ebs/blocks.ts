import type { Extent } from "./extents";
import { BLOCK_BYTES } from "../contract/blocks";

/**
 * What of a disk is not put into a snapshot.
 * - `holes`: what was never written. Zeros that were written are put: an encrypted volume made from the snapshot shows
 *   garbage where no block was put, and file systems rely on the zeros that they wrote.
 * - `zeros`: every block of zeros. Smaller where holes are not known, and right only if no volume is ever encrypted.
 * - `nothing`: each block of the volume is put. For snapshots that are encrypted themselves.
 * Source: github.com/awslabs/coldsnap issues 395 and 470.
 */
export type Skip = "holes" | "zeros" | "nothing";

/** One snapshot that waits for blocks. */
export interface BlockPlace {
  readonly region: string;
  readonly snapshotId: string;
  /** Size of the snapshot's volume. */
  readonly volumeGib: number;
  /** Base URL of the service. @default Amazon's of the region */
  readonly endpoint?: string;
}

/** The same extents, widened to whole blocks: the last one may reach beyond the end of the disk. */
export function alignToBlocks(extents: readonly Extent[], sizeBytes: number): Extent[] {
  const aligned: { start: number; length: number }[] = [];
  for (const { start, length } of extents) {
    const first = Math.floor(start / BLOCK_BYTES) * BLOCK_BYTES;
    const end = Math.min(Math.ceil((start + length) / BLOCK_BYTES) * BLOCK_BYTES, sizeBytes);
    const last = aligned.at(-1);
    if (last !== undefined && first <= last.start + last.length) last.length = Math.max(end - last.start, last.length);
    else aligned.push({ start: first, length: end - first });
  }
  return aligned;
}

export const blockCount = (bytes: number): number => Math.ceil(bytes / BLOCK_BYTES);

/** Amazon's own address of EBS direct. Source: AWS General Reference, "Amazon EBS endpoints and quotas". */
export function ebsEndpoint({ region, endpoint }: Pick<BlockPlace, "region" | "endpoint">): string {
  return endpoint ?? `https://ebs.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}
