/** What tells a file that was read from the same file after a change, without reading it. */
import { createHash } from "node:crypto";
import { type BigIntStats, statfsSync } from "node:fs";

/**
 * File systems whose time of a change (ctime) is this machine's own clock, and can't be set. Others are read each time: the clock of a
 * server may be behind ours, and what passes files through (FUSE, 9p) may make up inodes and times. Through a mapping of a
 * file on tmpfs, changes after the first need not show in the times (seen with Linux 6.18), and reading costs least there.
 * Source: include/uapi/linux/magic.h.
 */
const LOCAL = new Set([
  // ext2 to ext4, XFS, Btrfs, F2FS
  ...[0xef53, 0x5846_5342, 0x9123_683e, 0xf2f5_2010],
  // ZFS, bcachefs, overlayfs
  ...[0x2fc1_2fc1, 0xca45_1a4e, 0x794c_7630],
]);

/** As coarse as the times of these file systems get (ext4 with small inodes: a second), and a second more. */
const COARSE_NS = 2_000_000_000n;

/** By device. */
const known = new Map<bigint, boolean>();

function isLocal(file: string, dev: bigint): boolean {
  let local = known.get(dev);
  if (local !== undefined) return local;
  try {
    local = LOCAL.has(statfsSync(file).type);
  } catch {
    // It went away meanwhile: another file of this device may tell.
    return false;
  }
  known.set(dev, local);
  return local;
}

/**
 * Below overlayfs may lie an image that is read only (SquashFS, EROFS with composefs: live systems, bootc's own hosts). It keeps one time
 * for all, and its maker chose that one: whole seconds, the same in the next version.
 */
const isMadeUp = ({ mtimeNs, ctimeNs }: BigIntStats): boolean => mtimeNs === ctimeNs && ctimeNs % 1_000_000_000n === 0n;

/** Undefined where that can't be told: such a file has to be read. */
export function stateKey(file: string, stats: BigIntStats): string | undefined {
  const { dev, ino, size, mtimeNs, ctimeNs } = stats;
  if (!isLocal(file, dev) || isMadeUp(stats)) return undefined;
  return createHash("sha256")
    .update(JSON.stringify([file, ...[dev, ino, size, mtimeNs, ctimeNs].map(String)]))
    .digest("hex");
}

/**
 * Would another change show in the times? Not where the last one was just now: a file can be written twice in one tick of the clock,
 * before it was read and after that (git calls such an entry racy).
 * @param before,after the file as it was when its reading began, at `began`, and when it ended
 */
export function isSettled(before: BigIntStats, after: BigIntStats, began: Date): boolean {
  const oldest = BigInt(began.getTime()) * 1_000_000n - COARSE_NS;
  const same = (["ino", "size", "mtimeNs", "ctimeNs"] as const).every((name) => before[name] === after[name]);
  return same && before.mtimeNs < oldest && before.ctimeNs < oldest;
}
