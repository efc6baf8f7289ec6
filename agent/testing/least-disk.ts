/** The least that firmware takes for a bootable disk: tables, names and first bytes of loaders; nothing that would run. */

const SECTOR = 512;
/** Where the partition begins. */
const PARTITION = 64;

export type Firmware = "UEFI x86_64" | "UEFI aarch64" | "BIOS" | "Open Firmware" | "IPL";

/** 64 KiB of disk; more may follow it. */
export function leastDisk(...firmware: readonly Firmware[]): Buffer {
  const disk = Buffer.alloc(128 * SECTOR);
  if (firmware.includes("IPL")) return zipl(disk);
  const efi = firmware.find((one) => one.startsWith("UEFI"));
  if (efi) {
    gpt(disk, "28732ac11ff8d211ba4b00a0c93ec93b", firmware.includes("BIOS"));
    fat(disk.subarray(PARTITION * SECTOR), efi === "UEFI x86_64" ? X64 : AA64);
  } else if (firmware.includes("Open Firmware")) {
    gpt(disk, "382d1a9e12c61643aa268b49521e5a8b", false);
    elf(disk.subarray(PARTITION * SECTOR));
  } else mbr(disk, { active: true, type: 0x83 });
  if (firmware.includes("BIOS")) disk.write("\xeb\x3e boot code", "latin1");
  return disk;
}

/** The loader that firmware finds on such a disk: the header of one. */
export function leastProgram(firmware: "UEFI x86_64" | "UEFI aarch64"): Buffer {
  const disk = leastDisk(firmware);
  return disk.subarray(disk.indexOf("MZ"));
}

/** Name as a folder has it, machine as the program's header has it. */
const X64 = { name: "BOOTX64 EFI", machine: 0x8664 };
const AA64 = { name: "BOOTAA64EFI", machine: 0xaa64 };

function mbr(disk: Buffer, { active, type }: { readonly active: boolean; readonly type: number }): void {
  const entry = disk.subarray(446, 462);
  entry[0] = active ? 0x80 : 0;
  // Where a protective one begins, in cylinders, heads and sectors: Glance takes no other.
  if (type === 0xee) entry[2] = 2;
  entry[4] = type;
  entry.writeUInt32LE(type === 0xee ? 1 : PARTITION, 8);
  entry.writeUInt32LE(64, 12);
  disk.writeUInt16LE(0xaa55, 510);
}

/** @param type as it is stored */
function gpt(disk: Buffer, type: string, legacyBoot: boolean): void {
  mbr(disk, { active: false, type: 0xee });
  const header = disk.subarray(SECTOR);
  header.write("EFI PART");
  header.writeBigUInt64LE(2n, 72);
  header.writeUInt32LE(128, 80);
  header.writeUInt32LE(128, 84);
  const entry = disk.subarray(2 * SECTOR);
  entry.write(type, "hex");
  entry.writeBigUInt64LE(BigInt(PARTITION), 32);
  entry.writeBigUInt64LE(legacyBoot ? 4n : 0n, 48);
}

/** FAT12 of 64 sectors: one table, a root folder of 16 entries, then clusters of one sector. */
function fat(volume: Buffer, { name, machine }: typeof X64): void {
  volume.write("\xeb\x3c\x90mkfs.fat", "latin1");
  volume.writeUInt16LE(SECTOR, 11);
  volume[13] = 1;
  volume.writeUInt16LE(1, 14);
  volume[16] = 1;
  volume.writeUInt16LE(16, 17);
  volume.writeUInt16LE(64, 19);
  volume.writeUInt16LE(1, 22);
  volume.writeUInt16LE(0xaa55, 510);
  // Each cluster ends its chain.
  volume.fill(0xff, SECTOR, SECTOR + 12);
  const data = 3 * SECTOR;
  entry(volume, 2 * SECTOR, "EFI        ", 0x10, 2);
  entry(volume, data, "BOOT       ", 0x10, 3);
  entry(volume, data + SECTOR, name, 0x20, 4);
  const file = volume.subarray(data + 2 * SECTOR);
  file.write("MZ");
  file.writeUInt32LE(0x40, 0x3c);
  file.write("PE\0\0", 0x40);
  file.writeUInt16LE(machine, 0x44);
}

function entry(volume: Buffer, at: number, name: string, attributes: number, cluster: number): void {
  volume.write(name, at, "latin1");
  volume[at + 11] = attributes;
  volume.writeUInt16LE(cluster, at + 26);
}

function elf(partition: Buffer): void {
  partition.write("\x7fELF\x01\x02", "latin1");
  partition.writeUInt16BE(20, 18);
}

function zipl(disk: Buffer): Buffer {
  for (const [block, next] of [
    [0, 8n],
    [8, 9n],
    [9, 0n],
  ] as const) {
    disk.write("zIPL", block * SECTOR);
    disk.writeBigUInt64BE(next, block * SECTOR + 16);
  }
  return disk;
}
