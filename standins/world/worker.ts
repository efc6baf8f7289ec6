/** A machine to build on that is there already: an ssh server of this machine. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { leastDisk, type Firmware } from "../../agent/testing/least-disk";
import { makeKey } from "../command-plugin/testing/sshd";
import { findCommand } from "../../cli/local/commands";
import { isTaken } from "../../cli/local/daemon";
import type { Arch } from "../../infra/words";
import { kill, processesWith, startService, type Stop } from "./process";
import { freePort } from "../../contract/testing/free-port";

/** What the disks that are built there have a boot loader for. */
const FIRMWARE: Readonly<Record<Arch, Firmware>> = {
  ...{ x86_64: "BIOS", aarch64: "UEFI aarch64", ppc64le: "Open Firmware", s390x: "IPL" },
};

export interface WorkerService {
  /** `worker` of the settings. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What builds left on the machine. */
  left(): string[];
  /** Removes that. */
  clean(): void;
  readonly stop: Stop;
}

export interface WorkerWishes {
  /** What `uname -m` says there, whatever this machine is, and what its disks have a boot loader for. @default x86_64 */
  readonly arch?: Arch;
  /** `pulling` is the real podman for all but containers; `light` pulls nothing. @default light */
  readonly podman?: "light" | "pulling";
}

/** A machine that is there already: an ssh server in a mount namespace, with folders and a podman of its own. */
export async function startWorker(
  folder: string,
  { arch = "x86_64", podman = "light" }: WorkerWishes = {},
): Promise<WorkerService> {
  mkdirSync(folder);
  for (const sub of ["run", "tmp", "lib/containers", "containers", "bin", "podman"])
    mkdirSync(join(folder, sub), { recursive: true });
  const host = makeKey(folder, "host");
  const client = makeKey(folder, "client");
  const port = await freePort();
  writeFileSync(join(folder, "authorized_keys"), `${client.publicKey}\n`);
  const command = (name: string, text: string): void => {
    writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  };
  const loader = join(folder, "loader");
  writeFileSync(loader, leastDisk(FIRMWARE[arch]));
  command("uname", `[ "$*" = -m ] && echo ${arch} || exec ${findCommand("uname")} "$@"`);
  const variables = {
    ...{ PODMAN_STATE: join(folder, "podman"), LOADER: loader, LIGHT_DISK: join(__dirname, "light-disk.sh") },
    ...(podman === "pulling" ? { REAL_PODMAN: findCommand("podman") } : {}),
  };
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}='${value}'\n`);
  command("podman", `${exports.join("")}exec sh ${join(__dirname, `${podman}-podman.sh`)} "$@"`);
  const config = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${folder}/host`,
    `AuthorizedKeysFile ${folder}/authorized_keys`,
    ...["PermitRootLogin yes", "PasswordAuthentication no", "StrictModes no", "UsePAM no", "PidFile none"],
    "MaxStartups 100",
    "Subsystem sftp internal-sftp",
    `SetEnv PATH=${folder}/bin:${process.env["PATH"] ?? ""} WORKER=${folder}`,
  ];
  writeFileSync(join(folder, "sshd_config"), `${config.join("\n")}\n`);
  // All that the agent writes to: worlds run side by side, and build the same.
  const inNamespace = `mount --bind ${folder}/tmp /var/tmp
mount --bind ${folder}/lib /var/lib
mount --bind ${folder}/containers /var/lib/containers
mount --bind ${folder}/run /run
mkdir -p /run/sshd
exec /usr/sbin/sshd -D -e -f ${folder}/sshd_config`;
  const stop = await startService({
    name: "the worker's sshd",
    command: findCommand("unshare"),
    args: ["--mount", "sh", "-euc", inNamespace],
    log: join(folder, "log"),
    ready: () => isTaken(port),
  });
  const list = (...parts: string[]): string[] => {
    const at = join(folder, ...parts);
    return existsSync(at) ? readdirSync(at).map((name) => join(...parts, name)) : [];
  };
  const files = (): string[] => [
    ...list("run", "copr-builders"),
    ...list("lib").filter((name) => name !== "lib/containers"),
    ...list("tmp"),
    ...list("containers", "copr-builders"),
    ...list("podman").filter((name) => name.includes("image-")),
  ];
  const work = () => processesWith(`WORKER=${folder}`);
  return {
    settings: {
      ...{ platform: "ssh", host: "127.0.0.1", port, user: "root", hostKey: host.publicKey },
      privateKeyFile: join(folder, "client"),
    },
    left: () => [...files(), ...work().map(({ command }) => `process ${command}`)],
    clean: () => {
      for (const { pid } of work()) kill(pid);
      for (const file of files()) rmSync(join(folder, file), { recursive: true, force: true });
    },
    stop: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
