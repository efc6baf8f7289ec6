/** The file that an image is imported from, read as the image service does. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Where the objects of the S3 server are. */
export interface Buckets {
  /** Path of an object's bytes; undefined where there is no such object in that location. */
  file(location: string, bucket: string, key: string): string | undefined;
}

/** @param folder that the S3 server keeps buckets in, all in one location */
export function bucketsIn(folder: string, location: string): Buckets {
  return {
    file: (where, bucket, key) => {
      const path = join(folder, bucket, key);
      return where === location && existsSync(path) ? path : undefined;
    },
  };
}

export interface Disk {
  readonly bytes: number;
  readonly virtualBytes: number;
  readonly sha256: string;
  readonly problem?: { readonly code: string; readonly message: string };
}

const MOST_BYTES = 250e9;

/** Source: QEMU's docs/interop/qcow2.txt: magic, version, and at byte 24 the size, big-endian. */
export async function readDisk(path: string): Promise<Disk> {
  const content = await readFile(path);
  const facts = { bytes: content.length, sha256: createHash("sha256").update(content).digest("hex") };
  if (content.length < 72 || content.subarray(0, 4).toString("latin1") !== "QFI\xfb") {
    return {
      ...facts,
      virtualBytes: 0,
      problem: { code: "image_data_corrupted", message: "The file is not in the qcow2 format" },
    };
  }
  const virtualBytes = Number(content.readBigUInt64BE(24));
  if (virtualBytes <= MOST_BYTES) return { ...facts, virtualBytes };
  const message = "The image is larger than 250 GB";
  return { ...facts, virtualBytes, problem: { code: "image_provisioned_size_unsupported", message } };
}
