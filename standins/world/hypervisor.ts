/** A real libvirtd in a folder of its own, whose guests are light machines. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findCommand } from "../../cli/local/commands";
import { QEMU_CONFIG } from "../../cli/local/libvirt";
import { TOOLS } from "../../cli/local/places";
import { startService, type Stop } from "./process";

export interface LibvirtService {
  readonly socket: string;
  readonly pools: string;
  /** Each pool is the folder of that name in `pools`. */
  virsh(...args: readonly string[]): string;
  readonly stop: Stop;
}

const CACHE = "var/cache/libvirt";
/** libvirt looks for the emulator of a guest's architecture by these names. */
const EMULATORS: Readonly<Record<"x86_64" | "ppc64le", readonly string[]>> = {
  x86_64: ["qemu-system-x86_64"],
  ppc64le: ["qemu-system-ppc64", "qemu-system-ppc64le"],
};

export interface LibvirtOptions {
  /** Of its guests. @default x86_64 */
  readonly arch?: keyof typeof EMULATORS;
  /** Folder of another one of that architecture: what it knows of the emulators is taken over, which saves asking them. */
  readonly like?: string;
}

/** A real libvirtd whose guests are light machines (light-qemu.sh). */
export async function startLibvirt(
  folder: string,
  poolNames: readonly string[],
  { arch = "x86_64", like }: LibvirtOptions = {},
): Promise<LibvirtService> {
  const state = join(folder, "system");
  for (const sub of ["etc/libvirt", "var/lib/libvirt", "var/cache/libvirt", "var/log/libvirt", "run"])
    mkdirSync(join(state, sub), { recursive: true });
  const [sockets, pools] = [join(folder, "s"), join(folder, "pools")];
  for (const one of [sockets, pools]) mkdirSync(one);
  const socket = join(sockets, "libvirt-sock");
  writeFileSync(
    join(state, "etc/libvirt/libvirtd.conf"),
    `unix_sock_dir = ${JSON.stringify(sockets)}\nunix_sock_rw_perms = "0700"\nauth_unix_ro = "none"\nauth_unix_rw = "none"\n`,
  );
  writeFileSync(join(state, "etc/libvirt/qemu.conf"), QEMU_CONFIG);
  const bin = join(like ?? folder, "bin");
  if (like === undefined) writeEmulators(bin, join(folder, "guests"), arch);
  else cpSync(join(like, "system", CACHE), join(state, CACHE), { recursive: true, preserveTimestamps: true });
  const virsh = (...args: readonly string[]): string =>
    execFileSync("virsh", ["-q", "-c", `qemu+unix:///system?socket=${socket}`, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 60_000,
    });
  const stop = await startService({
    name: "libvirtd",
    command: findCommand("tini"),
    args: [
      ...["-s", "--", findCommand("unshare"), "--mount", "bash"],
      ...[join(__dirname, "../../cli/local/libvirtd.sh"), state, "no", findCommand("libvirtd")],
      ...["--config", join(state, "etc/libvirt/libvirtd.conf"), "--pid-file", join(state, "run/libvirtd.pid")],
    ],
    env: { PATH: `${bin}:${process.env["PATH"] ?? ""}` },
    log: join(folder, "log"),
    ready: () => {
      if (!existsSync(socket)) return Promise.resolve(false);
      try {
        virsh("version");
        return Promise.resolve(true);
      } catch {
        return Promise.resolve(false); // not yet: the wait has an end
      }
    },
  });
  for (const name of poolNames) virsh("pool-create-as", name, "dir", "--target", join(pools, name), "--build");
  return {
    socket,
    pools,
    virsh,
    stop: async () => {
      for (const name of virsh("list", "--name").split("\n").filter(Boolean)) virsh("destroy", name);
      await stop();
    },
  };
}

/** Commands in the place of qemu: libvirt takes the first of its PATH. @param guests folder for what light machines have */
function writeEmulators(bin: string, guests: string, arch: keyof typeof EMULATORS): void {
  for (const one of [bin, guests]) mkdirSync(one);
  const names = EMULATORS[arch];
  const halt = join(bin, "halt.bin");
  writeFileSync(halt, haltingFirmware());
  const variables = {
    // Of a PC: others' firmware knows no such way.
    ...(arch === "x86_64" ? { HALT: halt } : {}),
    REAL_QEMU: findCommand(...names),
    LIGHT_PYTHON: join(TOOLS, "aws-emulator/bin/python"),
    LIGHT_GUEST: join(__dirname, "light_guest.py"),
    LIGHT_FOLDER: guests,
  };
  // libvirtd starts guests with an environment of its own making.
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'\n`);
  const light = `#!/bin/sh\n${exports.join("")}exec sh ${join(__dirname, "light-qemu.sh")} "$@"\n`;
  for (const name of names) writeFileSync(join(bin, name), light, { mode: 0o755 });
}

const FIRMWARE_BYTES = 64 * 1024;
/** From its end, where a PC begins. */
const RESET = 16;

/** Begins with "cli; hlt; jmp to hlt": a guest of the real firmware takes 3 s of a processor to find that there is nothing to boot. */
function haltingFirmware(): Buffer {
  const rom = Buffer.alloc(FIRMWARE_BYTES);
  Buffer.from([0xfa, 0xf4, 0xeb, 0xfd]).copy(rom, FIRMWARE_BYTES - RESET);
  return rom;
}
