/** The hypervisor: a libvirtd of this checkout's own, with three pools. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { attempt, findCommand, run } from "./commands";
import { Daemon } from "./daemon";
import { LIBVIRT_URI } from "./environment";
import { LIBVIRT } from "./places";

const STATE = join(LIBVIRT.folder, "system");
/** qemu.conf of a libvirtd that shares nothing with one of the system. */
export const QEMU_CONFIG = `# Guests run as the caller: no other user, no labels, no control groups, which a sandbox may not give.
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
namespaces = []
cgroup_controllers = []
# Consoles go to files without a second daemon.
stdio_handler = "file"
`;

/** Longest path of a unix socket (sun_path), without the closing zero. */
const SOCKET_PATH_LIMIT = 107;

export function libvirtd(kvm: boolean): Daemon {
  return new Daemon({
    name: "libvirtd",
    // Guests are orphans, and libvirt waits for their parent to take note that they ended: process 1 of a container does so
    // after a second, or never.
    command: findCommand("tini"),
    args: [
      ...["-s", "--", findCommand("unshare"), "--mount"],
      // Anyone but root becomes root of a namespace in which only this user exists: same libvirtd, same URI, no rights.
      ...(process.getuid?.() === 0 ? [] : ["--map-root-user"]),
      findCommand("bash"),
      join(__dirname, "libvirtd.sh"),
      STATE,
      kvm ? "yes" : "no",
      findCommand("libvirtd"),
      "--config",
      join(STATE, "etc/libvirt/libvirtd.conf"),
      "--pid-file",
      join(STATE, "run/libvirtd.pid"),
    ],
    ready: async () => (await virshAttempt("version")).status === 0,
    readySeconds: 60,
  });
}

export function writeLibvirtConfig(): void {
  if (LIBVIRT.socket.length > SOCKET_PATH_LIMIT) {
    throw new Error(
      `${LIBVIRT.socket} is longer than the ${SOCKET_PATH_LIMIT} characters that a socket's path may have; ` +
        "move this checkout to a shorter path",
    );
  }
  for (const folder of ["etc/libvirt", "var/lib/libvirt", "var/cache/libvirt", "var/log/libvirt", "run"]) {
    mkdirSync(join(STATE, folder), { recursive: true });
  }
  mkdirSync(LIBVIRT.socketFolder, { recursive: true, mode: 0o700 });
  writeFileSync(
    join(STATE, "etc/libvirt/libvirtd.conf"),
    `unix_sock_dir = ${JSON.stringify(LIBVIRT.socketFolder)}
# The folder is for its owner only.
unix_sock_rw_perms = "0700"
auth_unix_ro = "none"
auth_unix_rw = "none"
`,
  );
  writeFileSync(join(STATE, "etc/libvirt/qemu.conf"), QEMU_CONFIG);
}

/** Defines what is missing; a second call changes nothing. */
export async function createPools(): Promise<void> {
  const existing = new Set((await virsh("pool-list", "--all", "--name")).split("\n").map((line) => line.trim()));
  for (const name of LIBVIRT.poolNames) {
    const folder = join(LIBVIRT.pools, name);
    mkdirSync(folder, { recursive: true });
    if (!existing.has(name)) await virsh("pool-define-as", name, "dir", "--target", folder);
    if ((await virsh("pool-info", name)).match(/^State:\s+running/m) === null) await virsh("pool-start", name);
    await virsh("pool-autostart", name);
  }
}

/** Guests outlive their libvirtd, so they are ended first. Returns their names. */
export async function endGuests(): Promise<string[]> {
  const names = (await virsh("list", "--name")).split("\n").filter((name) => name.trim() !== "");
  for (const name of names) await virsh("destroy", name);
  return names;
}

export function virsh(...args: readonly string[]): Promise<string> {
  return run("virsh", ["--quiet", "--connect", LIBVIRT_URI, ...args], { timeoutSeconds: 60 });
}

function virshAttempt(...args: readonly string[]): ReturnType<typeof attempt> {
  return attempt("virsh", ["--quiet", "--connect", LIBVIRT_URI, ...args], { timeoutSeconds: 20 });
}
