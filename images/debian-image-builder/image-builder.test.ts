/** The image builder's parts that need no image: its command line, the storage it reads, the qcow2 it writes. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootsBy } from "../../agent/steps/boot-loader/boot-loader";
import { leastDisk, leastProgram } from "../../agent/testing/least-disk";
import type { Arch } from "../../infra/words";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "image-builder-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const environment = { ...process.env, PYTHONDONTWRITEBYTECODE: "1", PYTHONPATH: __dirname };

function python(code: string): { status: number | null; out: string; error: string } {
  const { status, stdout, stderr } = spawnSync("python3", ["-c", code], { env: environment, encoding: "utf8" });
  return { status, out: stdout.trim(), error: stderr };
}

function builder(...args: string[]): { status: number | null; error: string } {
  const { status, stderr } = spawnSync(join(__dirname, "image-builder"), args, { env: environment, encoding: "utf8" });
  return { status, error: stderr };
}

describe("the command line", () => {
  it.each([
    [["--type", "iso", "x"], '--type "iso": one of raw, ami, qcow2'],
    [["--no-such", "x"], "unrecognized arguments: --no-such"],
    [["--target-arch", "s391x", "x"], '--target-arch "s391x"'],
    [["--type", "raw"], "required: IMAGE"],
    [["build", "--bootc-ref", "x", "raw"], "required: --bootc-default-fs"],
    [
      ["build", "--bootc-ref", "x", "--bootc-default-fs", "ext4", "raw", "--chown", "1:1"],
      "unrecognized arguments: --chown 1:1",
    ],
    [["build", "--bootc-ref", "x", "--bootc-default-fs", "ext4", "--seed", "x", "raw"], "invalid int value"],
    [["build", "--bootc-ref", "x", "--bootc-default-fs", "ext4", "iso"], "invalid choice: 'iso'"],
  ])("refuses %j", (args, message) => {
    const { status, error } = builder(...args);
    expect(status).toBe(2);
    expect(error).toContain(message);
  });

  it("refuses settings that it would ignore", () => {
    const config = join(folder, "config.toml");
    writeFileSync(config, '[[customizations.user]]\nname = "x"\n');
    const { status, error } = builder("--config", config, "--output", folder, "x");
    expect(status).toBe(1);
    expect(error).toContain("customizations.user is not supported; write it into the Containerfile");
  });
});

describe("make-disk", () => {
  it("refuses xfs by name, and a tree without a kernel", () => {
    const disk = join(folder, "disk.raw");
    const run = (...args: string[]) => spawnSync(join(__dirname, "make-disk"), args, { encoding: "utf8" }).stderr;
    expect(run("--rootfs", "xfs", folder, disk)).toContain("root file system xfs: it can't be filled");
    expect(run("--rootfs", "ext4", folder, disk)).toContain("no kernel in the image");
  });

  /** The file that the firmware's loader is made from, where make-disk looks for it in the tree. */
  const LOADERS: Readonly<Record<Arch, readonly [path: string, content: Buffer] | undefined>> = {
    x86_64: ["usr/lib/systemd/boot/efi/systemd-bootx64.efi", leastProgram("UEFI x86_64")],
    aarch64: ["usr/lib/systemd/boot/efi/systemd-bootaa64.efi", leastProgram("UEFI aarch64")],
    ppc64le: ["usr/lib/grub/powerpc-ieee1275/core.elf", leastDisk("Open Firmware").subarray(64 * 512)],
    s390x: undefined,
  };

  /** What zipl.py asks of a kernel: its mark, and room for arguments. */
  function kernelOfS390x(): Buffer {
    const kernel = Buffer.alloc(0x11000, "k");
    kernel.write("S390EP", 0x10008);
    kernel.writeBigUInt64BE(896n, 0x10430);
    return kernel;
  }

  /** A tree that could be a system's: whatever is in its files. */
  function treeOf(name: string, arch: Arch): string {
    const tree = join(folder, name);
    mkdirSync(join(tree, "boot"), { recursive: true });
    writeFileSync(join(tree, "boot/initrd.img-6.1"), "initrd");
    const kernel = arch === "ppc64le" ? "vmlinux-6.1" : "vmlinuz-6.1";
    writeFileSync(join(tree, "boot", kernel), arch === "s390x" ? kernelOfS390x() : "kernel");
    const [path, content] = LOADERS[arch] ?? [];
    if (path !== undefined && content !== undefined) {
      mkdirSync(join(tree, path, ".."), { recursive: true });
      writeFileSync(join(tree, path), content);
    }
    return tree;
  }

  function makeDisk(tree: string, ...args: string[]): string {
    const file = `${tree}.raw`;
    const { status, stderr } = spawnSync(join(__dirname, "make-disk"), [...args, tree, file], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    return file;
  }

  function disk(
    name: string,
    ...args: string[]
  ): { readonly ids: string[]; readonly boots: Promise<readonly string[]> } {
    const file = makeDisk(treeOf(name, "x86_64"), ...args);
    const table = spawnSync("sfdisk", ["--dump", file], { encoding: "utf8" }).stdout;
    const ofTable = [...table.matchAll(/(?:label-id: |uuid=)([0-9A-F-]{36})/g)].map(([, id = ""]) => id);
    const starts = [...table.matchAll(/start= *(\d+)/g)].map(([, sector]) => Number(sector) * 512);
    const ofFileSystem = (start: number): string =>
      spawnSync("blkid", ["-p", "-s", "UUID", "-o", "value", "-O", String(start), file], {
        encoding: "utf8",
      }).stdout.trim();
    return { ids: [...ofTable, ...starts.map(ofFileSystem)], boots: bootsBy(file, "x86_64") };
  }

  it("gives the same ids for the same seed, else others each time; from UEFI and from BIOS it boots", async () => {
    const [one, same, other, drawn, again] = [
      disk("one", "--seed", "7"),
      disk("same", "--seed", "7"),
      disk("other", "--seed", "8"),
      disk("drawn"),
      disk("again"),
    ].map(({ ids }) => ids);
    // Of the table, two partitions, two file systems.
    expect(new Set(one).size).toBe(5);
    expect(same).toEqual(one);
    for (const ids of [other, drawn]) for (const id of ids ?? []) expect(one).not.toContain(id);
    expect(again).not.toEqual(drawn);
    expect(await disk("boots").boots).toEqual(["UEFI", "BIOS"]);
  });

  it.each([
    ["aarch64", ["UEFI"], "b921b045-1df0-41c3-af44-4c6f280d3fae"],
    ["ppc64le", ["Open Firmware"], "c31c45e6-3f39-412e-80fb-4809c4980599"],
    ["s390x", ["IPL"], "5eead9a9-fe09-4a1e-a1d7-520d00531306"],
  ] as const)("makes a disk for %s, wherever it runs", async (arch, firmware, rootType) => {
    const tree = treeOf(arch, arch);
    const file = makeDisk(tree, "--arch", arch);
    expect(await bootsBy(file, arch)).toEqual(firmware);
    // By which systemd-repart knows the root, to make it larger.
    expect(spawnSync("sfdisk", ["--part-type", file, "2"], { encoding: "utf8" }).stdout.trim().toLowerCase()).toBe(
      rootType,
    );
    // GRUB reads the root file system; other firmware the boot partition, and what is there is not on the root too.
    expect(readdirSync(join(tree, "boot"))).toEqual(
      arch === "ppc64le" ? ["grub", "initrd.img-6.1", "vmlinux-6.1"] : [],
    );
  });

  it("has s390x load its kernel, told of arguments and initrd, and then the initrd", () => {
    const bytes = readFileSync(makeDisk(treeOf("s390x", "s390x"), "--arch", "s390x", "--append", "quiet"));
    const block = (number: bigint): Buffer => bytes.subarray(Number(number) * 512, (Number(number) + 1) * 512);
    const components = block(block(bytes.readBigUInt64BE(16)).readBigUInt64BE(16));
    const load = (index: number) => {
      const entry = components.subarray(32 * (index + 1));
      const list = block(entry.readBigUInt64BE(0));
      const start = Number(list.readBigUInt64BE(0)) * 512;
      return {
        kind: entry[23],
        address: Number(entry.readBigUInt64BE(24)),
        data: bytes.subarray(start, start + (list.readUInt16BE(10) + 1) * 512),
        ends: list.readBigUInt64BE(16),
      };
    };
    const [kernel, initrd, start] = [load(0), load(1), load(2)];
    expect(kernel).toMatchObject({ kind: 2, address: 0x10000, ends: 0n });
    expect(kernel.data.toString("latin1", 8, 14)).toBe("S390EP");
    expect(kernel.data.readBigUInt64BE(0x408)).toBe(BigInt(initrd.address));
    expect(kernel.data.readBigUInt64BE(0x410)).toBe(6n);
    expect(kernel.data.toString("latin1", 0x480, 0x4e0)).toMatch(/^root=LABEL=root ro console=ttysclp0 quiet\0/);
    expect(initrd).toMatchObject({ kind: 2, ends: 0n });
    expect(initrd.data.toString("latin1", 0, 7)).toBe("initrd\0");
    expect([start.kind, components.readBigUInt64BE(32 * 3 + 24)]).toEqual([1, 0x0008000080010000n]);
  });

  it("refuses a kernel that is none of s390x's, arguments that it doesn't take, and a tree without the loader", () => {
    const foreign = treeOf("foreign", "s390x");
    writeFileSync(join(foreign, "boot/vmlinuz-6.1"), "kernel");
    expect(() => makeDisk(foreign, "--arch", "s390x")).toThrow(
      "no kernel for s390x: S390EP is missing at byte 0x10008",
    );
    expect(() => makeDisk(treeOf("long", "s390x"), "--arch", "s390x", "--append", "x".repeat(900))).toThrow(
      "this kernel takes 896",
    );
    const bare = treeOf("bare", "ppc64le");
    rmSync(join(bare, "usr"), { recursive: true });
    expect(() => makeDisk(bare, "--arch", "ppc64le")).toThrow(/boot loader file missing, looked for: .*core.elf/);
    expect(() => makeDisk(bare, "--arch", "riscv64")).toThrow("architecture riscv64: only aarch64");
  });
});

describe("the container storage", () => {
  beforeEach(() => {
    const write = (path: string, value: unknown) => {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), typeof value === "string" ? value : JSON.stringify(value));
    };
    const digest = `sha256:${"a".repeat(64)}`;
    write("overlay-images/images.json", [
      { id: "id1", names: ["127.0.0.1:15000/debian-bootable:12"], layer: "top", digest },
      { id: "id2", names: ["localhost/out:latest"], layer: "base" },
    ]);
    write("overlay-layers/layers.json", [{ id: "base" }, { id: "top", parent: "base" }]);
    write("overlay/base/link", "BASE");
    write("overlay/top/link", "TOP");
  });

  const find = (reference: string) =>
    python(`
from storage import Storage
s = Storage(${JSON.stringify(folder)})
print(s.folders(s.image(${JSON.stringify(reference)})))`);

  it.each([
    ["127.0.0.1:15000/debian-bootable:12", "['l/TOP', 'l/BASE']"],
    [`127.0.0.1:15000/debian-bootable@sha256:${"a".repeat(64)}`, "['l/TOP', 'l/BASE']"],
    ["id1", "['l/TOP', 'l/BASE']"],
    ["localhost/out", "['l/BASE']"],
    ["out", "['l/BASE']"],
  ])("finds %s", (reference, folders) => {
    expect(find(reference).out).toBe(folders);
  });

  it.each([["127.0.0.1:15000/debian-bootable:13"], ["nothing"], [`localhost/out@sha256:${"b".repeat(64)}`]])(
    "has no %s, and says what there is",
    (reference) => {
      expect(find(reference).error).toContain("there are: 127.0.0.1:15000/debian-bootable:12, localhost/out:latest");
    },
  );
});

describe("qcow2", () => {
  it.each([
    [
      "data, holes and an end that is no cluster's",
      "f.write(b'a' * 70000); f.seek(200_000_000); f.write(b'b'); f.truncate(700_000_512)",
    ],
    ["nothing but a hole", "f.truncate(10_000_000)"],
  ])("is the raw disk again: %s", (_, write) => {
    const [raw, qcow2] = [join(folder, "disk.raw"), join(folder, "disk.qcow2")];
    const { error } = python(`
from qcow2 import write_qcow2
with open("${raw}", "wb") as f: ${write}
write_qcow2("${raw}", "${qcow2}")`);
    expect(error).toBe("");
    for (const args of [
      ["check", qcow2],
      ["compare", "-f", "raw", "-F", "qcow2", raw, qcow2],
    ]) {
      const { status, stdout } = spawnSync("qemu-img", args, { encoding: "utf8" });
      expect(status, stdout).toBe(0);
    }
  });
});
