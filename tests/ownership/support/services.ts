/** The real services of one test file, on loopback ports and in a folder of their own. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { leastDisk } from "../../../agent/testing/least-disk";
import { makeClient } from "../../../provider/object-store";
import { makeKey } from "../../../standins/command-plugin/testing/sshd";
import { answersHttp, isTaken } from "../../../cli/local/daemon";
import { findCommand } from "../../../cli/local/commands";
import { QEMU_CONFIG } from "../../../cli/local/libvirt";
import { TOOLS } from "../../../cli/local/places";
import { kill, processesWith, startService } from "./process";

type Stop = () => Promise<void>;

export const BUCKET = "builders";
export const REGION = "us-east-1";
export const PROFILE = "ownership";

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no free port on 127.0.0.1");
  return address.port;
}

export interface StoreService {
  readonly url: string;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly credentials: string;
  /** Each object is a file in here. */
  readonly data: string;
  readonly stop: Stop;
}

export async function startStore(
  folder: string,
  { bucket, region }: { readonly bucket: string; readonly region: string } = { bucket: BUCKET, region: REGION },
): Promise<StoreService> {
  const data = join(folder, "data");
  const credentials = join(folder, "credentials");
  mkdirSync(data, { recursive: true });
  const [key, secret] = [randomBytes(8).toString("hex"), randomBytes(24).toString("hex")];
  writeFileSync(credentials, `[${PROFILE}]\naws_access_key_id = ${key}\naws_secret_access_key = ${secret}\n`, {
    mode: 0o600,
  });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const stop = await startService({
    name: "the S3 server",
    command: join(TOOLS, "bin/versitygw"),
    args: ["--port", `127.0.0.1:${port}`, "--region", region, "--quiet", "posix", data],
    env: { ROOT_ACCESS_KEY_ID: key, ROOT_SECRET_ACCESS_KEY: secret },
    log: join(folder, "log"),
    ready: () => answersHttp(url),
  });
  const client = await makeClient(
    { bucket, region, credentials: { file: credentials, profile: PROFILE } },
    url,
    folder,
  );
  const { CreateBucketCommand } = await import("@aws-sdk/client-s3");
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  const keys = { accessKeyId: key, secretAccessKey: secret };
  return { url, keys, credentials, data: join(data, bucket), stop };
}

export interface LibvirtService {
  readonly socket: string;
  readonly pools: string;
  /** Each pool is the folder of that name in `pools`. */
  virsh(...args: readonly string[]): string;
  readonly stop: Stop;
}

/** A real libvirtd whose guests are light machines (light-qemu.sh). */
export async function startLibvirt(folder: string, poolNames: readonly string[]): Promise<LibvirtService> {
  const state = join(folder, "system");
  for (const sub of ["etc/libvirt", "var/lib/libvirt", "var/cache/libvirt", "var/log/libvirt", "run"])
    mkdirSync(join(state, sub), { recursive: true });
  const [sockets, guests, pools] = ["s", "guests", "pools"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const one of [sockets, guests, pools]) mkdirSync(one);
  const socket = join(sockets, "libvirt-sock");
  writeFileSync(
    join(state, "etc/libvirt/libvirtd.conf"),
    `unix_sock_dir = ${JSON.stringify(sockets)}\nunix_sock_rw_perms = "0700"\nauth_unix_ro = "none"\nauth_unix_rw = "none"\n`,
  );
  writeFileSync(join(state, "etc/libvirt/qemu.conf"), QEMU_CONFIG);
  const variables = {
    REAL_QEMU: findCommand("qemu-system-x86_64"),
    LIGHT_PYTHON: join(TOOLS, "aws-emulator/bin/python"),
  };
  const more = { LIGHT_GUEST: join(__dirname, "light_guest.py"), LIGHT_FOLDER: guests };
  // libvirtd starts guests with an environment of its own making.
  const exports = Object.entries({ ...variables, ...more }).map(([name, value]) => `export ${name}='${value}'\n`);
  const light = `#!/bin/sh\n${exports.join("")}exec sh ${join(__dirname, "light-qemu.sh")} "$@"\n`;
  // libvirt takes the first of its PATH.
  const bin = join(folder, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "qemu-system-x86_64"), light, { mode: 0o755 });
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
      ...[join(__dirname, "../../../cli/local/libvirtd.sh"), state, "no", findCommand("libvirtd")],
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
  /** What it says that it is, and what its disks have a boot loader for. @default x86_64 */
  readonly arch?: "x86_64" | "aarch64";
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
  const loader = arch === "aarch64" ? join(folder, "loader") : "";
  if (arch === "aarch64") {
    writeFileSync(loader, leastDisk("UEFI aarch64"));
    command("uname", `[ "$*" = -m ] && echo aarch64 || exec ${findCommand("uname")} "$@"`);
  }
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
