/** Properties of an image that say whose it is and what is in it. */
import { createHash } from "node:crypto";
import { type Owner, OWNER_TAG, RESOURCE_TAG } from "../../../provider/owner";
import type { GlanceImage } from "./cloud/glance";

/** sha256 of the disk that it is made of. */
export const DISK_MARK = "copr-builders-disk-sha256";
/** The sum that Glance had of it when it was looked at: the image is whole as long as both agree. */
export const SUM_MARK = "copr-builders-sum";

export function ownerMarks({ identity, resource }: Owner): Readonly<Record<string, string>> {
  return { [OWNER_TAG]: identity, [RESOURCE_TAG]: resource };
}

export function markOf(image: GlanceImage, name: string): string | undefined {
  const value = image[name];
  return typeof value === "string" ? value : undefined;
}

export function isOf(image: GlanceImage, { identity, resource }: Owner): boolean {
  return markOf(image, OWNER_TAG) === identity && markOf(image, RESOURCE_TAG) === resource;
}

/** The sum that Glance has made of the bytes. */
export function sumOf({ os_hash_value: sum, checksum }: GlanceImage): string | undefined {
  return sum ?? checksum ?? undefined;
}

/** All bytes of it are there, and they were held against the disk. */
export function isWhole(image: GlanceImage): boolean {
  const sum = sumOf(image);
  return image.status === "active" && sum !== undefined && markOf(image, SUM_MARK) === sum;
}

/** Of what an image is for: a version 8 UUID, as RFC 9562 has it for one's own. */
export function uuidOf(parts: readonly (string | number)[]): string {
  const hex = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
