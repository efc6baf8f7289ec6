/** The image builder's parts that need no image: its command line, the storage it reads, the qcow2 it writes. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootsBy } from "../../agent/steps/boot-loader/boot-loader";
import { leastProgram } from "../../agent/testing/least-disk";
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

  /** A tree that could be a system's: whatever is in its files. */
  function disk(
    name: string,
    ...args: string[]
  ): { readonly ids: string[]; readonly boots: Promise<readonly string[]> } {
    const [tree, file] = [join(folder, name), join(folder, `${name}.raw`)];
    const loaders = join(tree, "usr/lib/systemd/boot/efi");
    for (const path of [join(tree, "boot"), loaders]) mkdirSync(path, { recursive: true });
    for (const path of ["vmlinuz-6.1", "initrd.img-6.1"]) writeFileSync(join(tree, "boot", path), path);
    writeFileSync(join(loaders, "systemd-bootx64.efi"), leastProgram("UEFI x86_64"));
    const { status, stderr } = spawnSync(join(__dirname, "make-disk"), [...args, tree, file], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
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
