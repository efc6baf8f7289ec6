/** The disk that is published: sparse, of bytes that can't be made less, with the least that makes it a bootable one. */
import { randomFillSync } from "node:crypto";
import { open } from "node:fs/promises";
import { leastDisk } from "../../agent/testing/least-disk";
import { MIB } from "../../contract/sizes";

const EXTENT_MIB = 16;

export async function makeDisk(file: string, sizeMib: number, dataMib: number): Promise<void> {
  const disk = await open(file, "w");
  await disk.truncate(sizeMib * MIB);
  const extents = Math.ceil(dataMib / EXTENT_MIB);
  const data = Buffer.alloc(EXTENT_MIB * MIB);
  for (let index = 0; index < extents; index += 1) {
    randomFillSync(data);
    await disk.write(data, 0, data.length, Math.floor((index * sizeMib) / extents) * MIB);
  }
  await disk.write(leastDisk("BIOS"), 0, undefined, 0);
  await disk.sync();
  await disk.close();
}
