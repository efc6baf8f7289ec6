/** What UEFI starts from a disk that it has never seen: the program of that name in the EFI system partition. */
import { Fat } from "./fat";
import type { PartitionTable } from "./partitions";
import type { Read } from "./sectors";
import { Unbootable, need } from "./unbootable";

/** GPT's type, MBR's. */
const SYSTEM_PARTITION = ["c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "ef"];

export interface EfiProgram {
  /** In EFI/BOOT of the partition. */
  readonly file: string;
  /** In the PE header. */
  readonly machine: number;
}

export async function checkEfi(read: Read, table: PartitionTable, program: EfiProgram): Promise<void> {
  const found = table.partitions.filter(({ type }) => SYSTEM_PARTITION.includes(type));
  need(found.length > 0, "no EFI system partition");
  const misses: string[] = [];
  // Firmware looks into each.
  for (const { start } of found) {
    const missing = await checkProgram(read, start, program).catch((error: unknown) => {
      if (error instanceof Unbootable) return error.message;
      throw error;
    });
    if (missing === undefined) return;
    misses.push(missing);
  }
  throw new Unbootable(misses.join("; "));
}

async function checkProgram(read: Read, partition: number, { file, machine }: EfiProgram): Promise<undefined> {
  const start = await (await Fat.at(read, partition)).find(["EFI", "BOOT", file]);
  const dos = await read(start, 0x40);
  need(dos.toString("latin1", 0, 2) === "MZ", `EFI/BOOT/${file} is no program: MZ is missing`);
  const pe = await read(start + dos.readUInt32LE(0x3c), 6);
  need(pe.toString("latin1", 0, 4) === "PE\0\0", `EFI/BOOT/${file} is no program: PE is missing`);
  const actual = pe.readUInt16LE(4);
  need(actual === machine, `EFI/BOOT/${file} is for machine 0x${actual.toString(16)}, not 0x${machine.toString(16)}`);
}
