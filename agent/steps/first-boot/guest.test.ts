import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { QEMU_MACHINES } from "../../../contract/qemu-machines";
import { temporaryFolder } from "../../../contract/testing/temporary-folder";
import { fakeMachine } from "../../testing/fixtures";
import { Console } from "./console";
import { uefiArgs } from "./firmware";
import { guestArgs } from "./guest";
import { isoImage } from "./iso";

test.each(Object.entries(QEMU_MACHINES))(
  "qemu of %s takes what it is called with",
  async (arch, machine) => {
    const folder = await temporaryFolder();
    const files = { disk: join(folder, "disk,raw"), seed: join(folder, "seed") };
    await writeFile(files.disk, Buffer.alloc(1 << 20));
    await writeFile(files.seed, isoImage("cidata", { "meta-data": "{}" }));
    const host = { ...(await fakeMachine()), root: "/" };
    const firmware = arch === "aarch64" ? await uefiArgs(host, arch, machine.machine) : [];
    expect(firmware).toBeDefined();
    const emulator = { ...machine, by: "emulation", firmware: firmware ?? [] } as const;
    const args = await guestArgs(host, emulator, files, 0);
    // Stopped before its first instruction: it has made all its devices by then.
    const options = { input: '{"execute":"qmp_capabilities"}\n{"execute":"quit"}\n', encoding: "utf8" } as const;
    const said = execFileSync(
      machine.program,
      [...args.map((arg) => (arg === "stdio" ? "null" : arg)), "-S", "-qmp", "stdio"],
      options,
    );
    expect(said).toContain('"SHUTDOWN"');
  },
  60_000,
);

test("firmware is that of the machine, without secure boot, and what /etc hides is hidden", async () => {
  const machine = await fakeMachine();
  const image = (filename: string) => ({ filename, format: "raw" });
  const described = (features: string[], name: string, machines = ["pc-q35-*"]) =>
    JSON.stringify({
      "interface-types": ["uefi"],
      mapping: { device: "flash", executable: image(`/${name}.fd`), "nvram-template": image("/vars.fd") },
      targets: [{ architecture: "x86_64", machines }],
      features,
    });
  const folder = "/usr/share/qemu/firmware";
  expect(await uefiArgs(machine, "x86_64", "q35")).toBeUndefined();
  await machine.write(`${folder}/10-secure.json`, described(["requires-smm", "secure-boot"], "secure"));
  await machine.write(`${folder}/20-hidden.json`, described([], "hidden"));
  await machine.write("/etc/qemu/firmware/20-hidden.json", "");
  await machine.write(`${folder}/30-other.json`, described([], "other", ["microvm"]));
  await machine.write(`${folder}/40-plain.json`, described(["acpi-s3"], "plain"));
  expect(await uefiArgs(machine, "x86_64", "q35")).toEqual([
    ...["-drive", "if=pflash,unit=0,readonly=on,format=raw,file=/plain.fd"],
    ...["-drive", "if=pflash,unit=1,snapshot=on,format=raw,file=/vars.fd"],
  ]);
  expect(await uefiArgs(machine, "aarch64", "virt")).toBeUndefined();
});

test("a seed is a CD that other programs read", async () => {
  const file = join(await temporaryFolder(), "seed.iso");
  const texts = { "user-data": `#cloud-config\n${"x".repeat(5000)}`, "meta-data": "{}" };
  await writeFile(file, isoImage("cidata", texts));
  const iso = (...args: string[]) => execFileSync("isoinfo", ["-i", file, ...args], { encoding: "utf8" });
  expect(iso("-d")).toMatch(/^Volume id: cidata$/m);
  expect(iso("-f").trim().split("\n")).toEqual(["/META-DATA.;1", "/USER-DATA.;1"]);
  expect(iso("-x", "/USER-DATA.;1")).toBe(texts["user-data"]);
  expect(iso("-x", "/META-DATA.;1")).toBe(texts["meta-data"]);
});

test.each([
  "Booting from Hard Disk...No bootable device.",
  "UEFI Interactive Shell v2.2",
  "E3407: Load failed",
  "! No virtio device found !",
  "\\x1b\\x1b  Entering rescue mode...",
  "[    1.2] Kernel panic - not syncing: VFS: Unable to mount root fs",
  "ALERT!  LABEL=root does not exist.  Dropping to a shell!",
  'You are in emergency mode. After logging in, type "journalctl -xb"',
  "Entering emergency mode. Exit the shell to continue.",
])("the console says that it won't come up: %s", (line) => {
  const console = new Console();
  for (const one of ["Booting from Hard Disk...", "emergency.target is a unit", line]) {
    expect(console.end).toBeUndefined();
    console.add(one);
  }
  expect(console.end).toBeDefined();
});
