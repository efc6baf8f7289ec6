/** Would the firmware of an architecture find a boot loader on a disk? Some KiB of it are read. */
import { StepError } from "../../job/step-error";
import { checkBios } from "./bios";
import { checkEfi, type EfiProgram } from "./efi";
import { type PartitionTable, partitionTable } from "./partitions";
import { checkPrep } from "./prep";
import { type Read, readingDisk } from "./sectors";
import { Unbootable } from "./unbootable";
import { checkZipl } from "./zipl";

type Check = (read: Read, table: () => Promise<PartitionTable>) => Promise<void>;

const efi =
  (program: EfiProgram): Check =>
  async (read, table) =>
    checkEfi(read, await table(), program);

/** By `uname -m`: each way in which firmware may begin; one is enough. */
const WAYS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  x86_64: {
    UEFI: efi({ file: "BOOTX64.EFI", machine: 0x8664 }),
    BIOS: async (read, table) => checkBios(read, await table()),
  },
  aarch64: { UEFI: efi({ file: "BOOTAA64.EFI", machine: 0xaa64 }) },
  ppc64le: { "Open Firmware": async (read, table) => checkPrep(read, await table()) },
  s390x: { IPL: (read) => checkZipl(read) },
};

/**
 * @param path of a raw disk
 * @returns how it boots, e.g. `["UEFI", "BIOS"]`; none for an architecture that nothing is known of
 * @throws StepError that says what is missing; it is final, the same image would give the same disk
 */
export async function bootsBy(path: string, arch: string): Promise<readonly string[]> {
  const ways = Object.entries(WAYS[arch] ?? {});
  const misses: string[] = [];
  const found: string[] = [];
  await readingDisk(path, async (read) => {
    let table: Promise<PartitionTable> | undefined;
    const tableOnce = (): Promise<PartitionTable> => (table ??= partitionTable(read));
    for (const [way, check] of ways) {
      const missing = await check(read, tableOnce).then(() => undefined, reason);
      if (missing === undefined) found.push(way);
      else misses.push(`${way}: ${missing}`);
    }
  });
  if (found.length > 0 || ways.length === 0) return found;
  throw new StepError(
    `the image builder's disk has nothing that a machine of ${arch} boots from (${misses.join("; ")}); ` +
      "does the image have a boot loader for it?",
    { permanent: true },
  );
}

function reason(error: unknown): string {
  if (error instanceof Unbootable) return error.message;
  throw error;
}
