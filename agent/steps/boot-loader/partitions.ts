/** Partition tables: MBR, and GPT behind a protective one (UEFI specification, chapter 5). */
import { type Read, SECTOR } from "./sectors";
import { need } from "./unbootable";

export interface Partition {
  /** A GPT's as a GUID in small letters, an MBR's as two hex digits. */
  readonly type: string;
  /** Its first byte on the disk. */
  readonly start: number;
  /** Marked as the one that a BIOS boots: MBR's active flag, GPT's attribute "legacy BIOS bootable". */
  readonly legacyBoot: boolean;
}

export interface PartitionTable {
  readonly label: "gpt" | "mbr";
  readonly partitions: readonly Partition[];
  /** Does the first sector have code, which a BIOS runs? */
  readonly bootCode: boolean;
}

const TABLE_START = 446;
const ENTRY = 16;
const PROTECTIVE = 0xee;
const ACTIVE = 0x80;
/** GPT entries that are read at most, bytes; tables have 128 of 128. */
const MAX_TABLE = 1 << 20;
const LEGACY_BIOS_BOOTABLE = 4n;
/** Of the first sector; what follows are a signature and the table. */
const CODE_BYTES = 440;

export async function partitionTable(read: Read): Promise<PartitionTable> {
  const mbr = await read(0, SECTOR);
  need(mbr.readUInt16LE(510) === 0xaa55, "no partition table: bytes 510 and 511 are not 55 AA");
  const bootCode = mbr.subarray(0, CODE_BYTES).some((byte) => byte !== 0);
  const entries = [0, 1, 2, 3].map((index) =>
    mbr.subarray(TABLE_START + index * ENTRY, TABLE_START + (index + 1) * ENTRY),
  );
  if (entries.some((entry) => entry[4] === PROTECTIVE)) return { label: "gpt", partitions: await gpt(read), bootCode };
  const partitions = entries
    .filter((entry) => entry[4] !== 0)
    .map((entry) => ({
      type: entry.toString("hex", 4, 5),
      start: entry.readUInt32LE(8) * SECTOR,
      legacyBoot: entry[0] === ACTIVE,
    }));
  return { label: "mbr", partitions, bootCode };
}

async function gpt(read: Read): Promise<Partition[]> {
  const header = await read(SECTOR, 92);
  need(
    header.toString("latin1", 0, 8) === "EFI PART",
    "a protective MBR, but no GPT behind it: EFI PART is missing at byte 512",
  );
  const first = Number(header.readBigUInt64LE(72));
  const count = header.readUInt32LE(80);
  const size = header.readUInt32LE(84);
  need(size >= 128 && count * size <= MAX_TABLE, `the GPT says that it has ${count} entries of ${size} bytes`);
  const table = await read(first * SECTOR, count * size);
  return Array.from({ length: count }, (_, index) => table.subarray(index * size, (index + 1) * size))
    .filter((entry) => entry.subarray(0, 16).some((byte) => byte !== 0))
    .map((entry) => ({
      type: guid(entry),
      start: Number(entry.readBigUInt64LE(32)) * SECTOR,
      legacyBoot: (entry.readBigUInt64LE(48) & LEGACY_BIOS_BOOTABLE) !== 0n,
    }));
}

/** The first three groups are stored with their lowest byte first. */
function guid(bytes: Buffer): string {
  const group = (from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).reverse().toString("hex");
  const rest = bytes.toString("hex", 8, 16);
  return `${group(0, 4)}-${group(4, 6)}-${group(6, 8)}-${rest.slice(0, 4)}-${rest.slice(4)}`;
}
