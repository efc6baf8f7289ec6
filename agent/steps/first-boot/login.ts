/** How the booted machine is entered: by keys that are made for it, on both sides. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cloudConfigOf } from "../../../contract/cloud-config";
import type { RunResult } from "../../machine/machine";
import type { Job } from "../../job/job";
import { isoImage } from "./iso";

/** One try; a machine that is not up yet takes the connection and says nothing. */
const CONNECT_S = 10;
/** Stands for the machine in known_hosts, whatever its port. */
const ALIAS = "first-boot";
/** ssh's own, of a connection that did not come about. */
export const SSH_FAILED = 255;

/** Makes both pairs of keys, and the disk that cloud-init reads. */
export async function writeSeed(job: Job, folder: string, lifetimeMinutes: number): Promise<string> {
  for (const name of ["login", "host"])
    await job.must("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(folder, name)], {
      quiet: true,
      timeoutMs: 60_000,
    });
  const text = (name: string): Promise<string> => readFile(join(folder, name), "utf8");
  const hostPublicKey = (await text("host.pub")).trim();
  await writeFile(join(folder, "known_hosts"), `${ALIAS} ${hostPublicKey}\n`);
  const config = cloudConfigOf({
    authorizedKey: (await text("login.pub")).trim(),
    hostPrivateKey: await text("host"),
    hostPublicKey,
    powerOffAfterMinutes: lifetimeMinutes,
  });
  const name = `copr-builders-${job.spec.key.slice(0, 8)}-first-boot`;
  const seed = join(folder, "seed.iso");
  // JSON is YAML, and this file has no parser or writer of that.
  await writeFile(
    seed,
    isoImage("cidata", {
      "user-data": `#cloud-config\n${JSON.stringify(config)}\n`,
      "meta-data": `${JSON.stringify({ "instance-id": name, "local-hostname": "first-boot" })}\n`,
    }),
    { mode: 0o600 },
  );
  return seed;
}

/** Runs a script on it as root. */
export function enter(
  job: Job,
  { folder, port, signal, timeoutMs }: { folder: string; port: number; signal: AbortSignal; timeoutMs: number },
  script: string,
): Promise<RunResult> {
  const options = {
    ...{ BatchMode: "yes", ConnectTimeout: CONNECT_S, ServerAliveInterval: 15, ServerAliveCountMax: 4 },
    ...{ HostKeyAlias: ALIAS, StrictHostKeyChecking: "yes", UserKnownHostsFile: join(folder, "known_hosts") },
    ...{ GlobalKnownHostsFile: "/dev/null", IdentitiesOnly: "yes", IdentityAgent: "none", LogLevel: "ERROR" },
  };
  const args = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  // Beside qemu: the note of which command runs now is that one's.
  return job.machine.run(
    "ssh",
    // Nobody's configuration has a say.
    ["-F", "none", ...args, "-i", join(folder, "login"), "-p", String(port), "root@127.0.0.1", "sh"],
    { timeoutMs, signal, stdin: script },
  );
}
