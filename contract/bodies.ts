/** A disk put whole somewhere: what the agent's orders, its record and the platforms agree on. */
import { createHash } from "node:crypto";

/** `qcow2` is compressed. */
export type DiskEncoding = "raw" | "qcow2";

/** Names of uploads: part of a file's name on the worker. */
export const UPLOAD_NAME = /^[A-Za-z0-9][A-Za-z0-9.-]{0,99}$/;

/** In job, record and log: of a build there is one for a place. @param kind of place, `cos` */
export function uploadNameOf(kind: string, place: string): string {
  return `${kind}-${createHash("sha256").update(place).digest("hex").slice(0, 12)}`;
}

/** Least size of a part, bytes. Source: Amazon S3 user guide, "Amazon S3 multipart upload limits". */
export const LEAST_PART = 5 * 1024 * 1024;

/** The whole disk as it was put somewhere. */
export interface StoredBody {
  readonly encoding: DiskEncoding;
  /** What took it, as the platform knows that. */
  readonly receiver: string;
  /** Of what was sent, as are both sums. */
  readonly sizeBytes: number;
  /** Hex. */
  readonly md5: string;
  /** Hex. */
  readonly sha512: string;
  /** Hex. @default that of the disk, where it was sent raw */
  readonly sha256?: string;
  /** How it was cut. @default not at all */
  readonly parts?: BodyParts;
}

export interface BodyParts {
  /** Size of each but the last. */
  readonly bytes: number;
  /** md5 of the md5 sums of all of them, in order, hex: S3 makes its ETag from it. */
  readonly md5: string;
}
