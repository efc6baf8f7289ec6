/** A raw disk, read where firmware reads it. */
import { open } from "node:fs/promises";
import { Unbootable } from "./unbootable";

/** Bytes; what a raw disk made for virtio or NVMe is addressed in. */
export const SECTOR = 512;

/** @throws Unbootable where the disk ends before */
export type Read = (offset: number, size: number) => Promise<Buffer>;

export async function readingDisk<Value>(path: string, use: (read: Read) => Promise<Value>): Promise<Value> {
  const file = await open(path, "r");
  try {
    return await use(async (offset, size) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, offset);
      if (bytesRead < size) throw new Unbootable(`the disk ends before byte ${offset + size}`);
      return buffer;
    });
  } finally {
    await file.close();
  }
}
