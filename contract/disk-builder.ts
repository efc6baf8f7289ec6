/** The two programs that make a disk from a bootc image, by how they are called. */

/** `bootc-image-builder` is archived; `image-builder` (osbuild) has followed it, and calls nearly everything otherwise. */
export const DISK_BUILDERS = ["bootc-image-builder", "image-builder"] as const;
export type DiskBuilder = (typeof DISK_BUILDERS)[number];

/** A command of that name, too. Fedora, CentOS Stream and RHEL have it (osbuild/image-builder, doc/00-installation.md). */
export const BUILDER_PACKAGE = "image-builder";

/**
 * What is drawn at random when a disk is laid out (ids of partitions and file systems) is drawn from this: the same for the same
 * build key.
 * @param key 64 hex digits
 * @returns an int64 that is not negative, decimal
 */
export function seedOf(key: string): string {
  return (BigInt(`0x${key.slice(0, 16)}`) >> 1n).toString();
}
