/** What a PC's BIOS starts: the code in the first sector, which goes on in a partition that it knows. */
import type { PartitionTable } from "./partitions";
import { type Read, SECTOR } from "./sectors";
import { need } from "./unbootable";

/** Where GRUB puts its core on a GPT disk. */
const BIOS_BOOT = "21686148-6449-6e6f-744e-656564454649";

export async function checkBios(read: Read, { label, partitions, bootCode }: PartitionTable): Promise<void> {
  need(bootCode, `no boot code in the first sector${label === "gpt" ? " (a protective MBR only)" : ""}`);
  // GRUB on an MBR disk lies between the table and the first partition, and needs no mark.
  if (label === "mbr" || partitions.some(({ legacyBoot }) => legacyBoot)) return;
  const grub = partitions.find(({ type }) => type === BIOS_BOOT);
  need(grub !== undefined, "boot code in the first sector, but no BIOS boot partition that it could go on in");
  const core = await read(grub.start, SECTOR);
  need(
    core.some((byte) => byte !== 0),
    "the BIOS boot partition is empty",
  );
}
