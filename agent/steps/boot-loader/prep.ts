/** What POWER's firmware (SLOF, Open Firmware) starts: the ELF file at the beginning of the PReP partition. */
import type { PartitionTable } from "./partitions";
import type { Read } from "./sectors";
import { need } from "./unbootable";

/** GPT's type, MBR's. */
const PREP = ["9e1a2d38-c612-4316-aa26-8b49521e5a8b", "41"];
/** 32 bit, big-endian: also where the kernel is neither. */
const ELF32_BIG_ENDIAN = Buffer.from("\x7fELF\x01\x02", "latin1");
const POWERPC = 20;

export async function checkPrep(read: Read, { partitions }: PartitionTable): Promise<void> {
  const prep = partitions.find(({ type }) => PREP.includes(type));
  need(prep !== undefined, "no PReP boot partition (GPT type 9e1a2d38-..., MBR type 41)");
  const header = await read(prep.start, 20);
  need(header.subarray(0, 6).equals(ELF32_BIG_ENDIAN), "the PReP boot partition holds no 32-bit big-endian ELF file");
  need(header.readUInt16BE(18) === POWERPC, "the ELF file in the PReP boot partition is not for PowerPC");
}
