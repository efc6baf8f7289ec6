/** A store of images of a test's own, for the real podman. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface PodmanStore {
  readonly folder: string;
  /** What podman is told before everything else. */
  readonly options: readonly string[];
  /** @returns what is wrong for podman; undefined if it ended well */
  run(args: readonly string[]): Promise<string | undefined>;
  remove(): Promise<void>;
}

/** In memory where that can be: podman waits for the disk after each step. */
const BASES = ["/dev/shm", tmpdir()];

export async function podmanStore(): Promise<PodmanStore> {
  const folder = await makeFolder();
  const options = ["--root", join(folder, "root"), "--runroot", join(folder, "run"), "--log-level", "error"];
  return {
    folder,
    options,
    run: (args) => run("podman", [...options, ...args]),
    remove: () => remove(folder),
  };
}

async function makeFolder(): Promise<string> {
  for (const base of BASES) {
    const made = await mkdtemp(join(base, "copr-builders-podman-")).catch(() => undefined);
    if (made !== undefined) return made;
  }
  throw new Error(`no folder can be made in ${BASES.join(" or ")}`);
}

async function run(command: string, args: readonly string[]): Promise<string | undefined> {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  const said: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => said.push(text));
  const [code] = (await once(child, "close")) as [number | null];
  return code === 0 ? undefined : `${command} ended with ${code}: ${said.join("").trim()}`;
}

/** `podman system reset` takes an image at a time. */
async function remove(folder: string): Promise<void> {
  if (process.getuid?.() === 0) {
    // podman mounts its own folder, to keep mounts inside of it to itself.
    await run("umount", ["--lazy", join(folder, "root", "overlay")]);
    await rm(folder, { recursive: true, force: true });
  } else await run("podman", ["unshare", "rm", "-rf", folder]);
}
