import { execFileSync } from "node:child_process";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../contract/testing/temporary-folder";
import { type Firmware, leastDisk, leastProgram } from "../../testing/least-disk";
import { bootsBy } from "./boot-loader";

async function diskOf(bytes: Buffer): Promise<string> {
  const path = join(await temporaryFolder(), "disk.raw");
  await writeFile(path, bytes);
  return path;
}

async function refusal(bytes: Buffer, arch: string): Promise<string> {
  return bootsBy(await diskOf(bytes), arch).then((ways) => `boots by ${ways.join()}`, String);
}

const changed = (firmware: Firmware, change: (disk: Buffer) => void): Buffer => {
  const disk = leastDisk(firmware);
  change(disk);
  return disk;
};

test.each<[string, Firmware[], string[]]>([
  ["x86_64", ["UEFI x86_64", "BIOS"], ["UEFI", "BIOS"]],
  ["x86_64", ["UEFI x86_64"], ["UEFI"]],
  ["x86_64", ["BIOS"], ["BIOS"]],
  ["aarch64", ["UEFI aarch64"], ["UEFI"]],
  ["ppc64le", ["Open Firmware"], ["Open Firmware"]],
  ["s390x", ["IPL"], ["IPL"]],
])("%s: a disk with %j boots by %j", async (arch, firmware, ways) => {
  expect(await bootsBy(await diskOf(leastDisk(...firmware)), arch)).toEqual(ways);
});

test("an architecture that nothing is known of is not judged", async () => {
  expect(await bootsBy(await diskOf(Buffer.alloc(512)), "riscv64")).toEqual([]);
});

const ROOT = 64 * 512 + 2 * 512;
test.each<[string, string, Buffer, string]>([
  ["x86_64", "an empty disk", Buffer.alloc(1 << 20), "no partition table"],
  ["x86_64", "a disk of some bytes", Buffer.from("raw disk"), "the disk ends before byte 512"],
  ["x86_64", "an ARM disk", leastDisk("UEFI aarch64"), "EFI/BOOT/BOOTX64.EFI is missing in the EFI system partition"],
  ["x86_64", "a protective MBR only", changed("UEFI x86_64", (disk) => disk.fill(0, 512, 1024)), "EFI PART is missing"],
  ["x86_64", "no boot code", leastDisk("Open Firmware"), "no boot code in the first sector (a protective MBR only)"],
  ["aarch64", "a PC's disk", leastDisk("UEFI x86_64", "BIOS"), "EFI/BOOT/BOOTAA64.EFI is missing"],
  [
    "aarch64",
    "a partition without a file system",
    changed("UEFI aarch64", (d) => d.fill(0, 64 * 512)),
    "has no FAT file",
  ],
  [
    "aarch64",
    "an empty partition",
    changed("UEFI aarch64", (d) => d.fill(0, ROOT, ROOT + 32)),
    "EFI is missing in the",
  ],
  [
    "aarch64",
    "a program cut off",
    changed("UEFI aarch64", (d) => d.fill(0, ROOT + 1536)),
    "is no program: MZ is missing",
  ],
  [
    "aarch64",
    "a PC's program under that name",
    changed("UEFI aarch64", (disk) => disk.writeUInt16LE(0x8664, disk.indexOf("PE\0\0") + 4)),
    "EFI/BOOT/BOOTAA64.EFI is for machine 0x8664, not 0xaa64",
  ],
  ["ppc64le", "a PC's disk", leastDisk("UEFI x86_64", "BIOS"), "no PReP boot partition"],
  [
    "ppc64le",
    "an empty partition",
    changed("Open Firmware", (d) => d.fill(0, 64 * 512)),
    "no 32-bit big-endian ELF file",
  ],
  [
    "ppc64le",
    "another ELF file",
    changed("Open Firmware", (d) => d.writeUInt16BE(21, 64 * 512 + 18)),
    "not for PowerPC",
  ],
  ["s390x", "a PC's disk", leastDisk("UEFI x86_64", "BIOS"), "no boot record in the first sector of zipl's"],
  [
    "s390x",
    "a record that leads nowhere",
    changed("IPL", (d) => d.fill(0, 16, 24)),
    "boot record in the first sector leads nowhere",
  ],
  ["s390x", "a lost table", changed("IPL", (d) => d.fill(0, 8 * 512, 9 * 512)), "no table of programs of zipl's"],
  ["s390x", "a table behind the end", changed("IPL", (d) => d.writeBigUInt64BE(999n, 16)), "the disk ends before byte"],
])("%s: %s is refused", async (arch, _what, bytes, words) => {
  const said = await refusal(bytes, arch);
  expect(said).toContain(`nothing that a machine of ${arch} boots from`);
  expect(said).toContain(words);
});

test("it is final: another attempt would make the same disk", async () => {
  await expect(bootsBy(await diskOf(Buffer.alloc(512)), "s390x")).rejects.toMatchObject({ permanent: true });
});

/** FAT12, FAT16 and FAT32, as the real tools make them, in a GPT of the real one. */
test.each([
  ["12", 4],
  ["16", 40],
  ["32", 70],
])("reads FAT%s of mkfs.fat behind a table of sfdisk", async (bits, mib) => {
  const folder = await temporaryFolder();
  const [disk, volume, program] = ["disk.raw", "volume", "BOOTAA64.EFI"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(program, leastProgram("UEFI aarch64"));
  execFileSync("truncate", ["-s", `${mib + 2}M`, disk]);
  execFileSync("sfdisk", ["--quiet", disk], { input: `label: gpt\nstart=1MiB, size=${mib}MiB, type=U\n` });
  execFileSync("truncate", ["-s", `${mib}M`, volume]);
  execFileSync("mkfs.fat", ["-F", bits, ...(bits === "32" ? ["-s", "1"] : []), volume], { stdio: "ignore" });
  const mtools = (command: string, ...args: string[]) => execFileSync(command, ["-i", volume, ...args]);
  mtools("mmd", "::/EFI", "::/EFI/BOOT");
  // Folders of many clusters, so that their chains are followed.
  for (let file = 0; file < 40; file++) mtools("mcopy", program, `::/EFI/BOOT/other program ${file}.efi`);
  const put = () =>
    execFileSync("dd", [`if=${volume}`, `of=${disk}`, "bs=1M", "seek=1", "conv=notrunc"], { stdio: "ignore" });
  put();
  expect(await bootsBy(disk, "aarch64").catch(String)).toContain("BOOTAA64.EFI is missing");
  mtools("mcopy", program, "::/EFI/BOOT/bootaa64.efi");
  put();
  expect(await bootsBy(disk, "aarch64")).toEqual(["UEFI"]);
});

test("little of a large disk is read", async () => {
  const path = await diskOf(leastDisk("UEFI x86_64", "BIOS"));
  const file = await open(path, "r+");
  await file.truncate(2 ** 40);
  await file.close();
  expect(await bootsBy(path, "x86_64")).toEqual(["UEFI", "BIOS"]);
});
