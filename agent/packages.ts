import type { BuiltImage } from "./build";
import type { Job } from "./job";
import { sendJson } from "./send";
import type { PackageVersion, StoredObject } from "./spec";

const LIST_MS = 120_000;

/**
 * One line a package, `NAME VERSION`: asked of whichever package manager the image has. Nothing is thrown away into
 * /dev/null: an image has no devices.
 */
const LIST = [
  "if [ -x /usr/bin/rpm ]; then rpm -qa --qf '%{NAME} %{EVR}.%{ARCH}\\n'",
  "elif [ -x /usr/bin/dpkg-query ]; then dpkg-query -W -f '${Package} ${Version}\\n'",
  "else exit 3; fi",
].join("; ");

/**
 * What is installed in the image, sorted; empty if it can't tell. Nothing of it runs but its own package manager, in a
 * mount of the image that is gone afterwards. A build that can't be listed is no failed build.
 */
export async function listPackages(job: Job, image: BuiltImage): Promise<readonly PackageVersion[]> {
  const run = (command: string, args: readonly string[]) =>
    // Beside the image builder: the note of which command runs now is that one's.
    job.machine.run(command, args, { timeoutMs: LIST_MS, signal: job.signal });
  const mounted = await run("podman", ["image", "mount", image.id]);
  if (mounted.code !== 0) {
    job.output(`packages are not listed, the image can't be mounted: ${mounted.tail.join(" ")}`);
    return [];
  }
  try {
    const listed = await run("chroot", [mounted.stdout.trim(), "/bin/sh", "-c", LIST]);
    if (listed.code === 0) return parsePackages(listed.stdout);
    job.output(`packages are not listed: ${listed.tail.join(" ") || "the image has neither rpm nor dpkg-query"}`);
    return [];
  } finally {
    const unmounted = await run("podman", ["image", "unmount", image.id]);
    if (unmounted.code !== 0) job.output(`the image stays mounted: ${unmounted.tail.join(" ")}`);
  }
}

/** By name, then version: several kernels have one name. */
export function parsePackages(text: string): PackageVersion[] {
  return text
    .split("\n")
    .flatMap((line) => {
      const [, name, version] = /^(\S+) (\S+)$/.exec(line) ?? [];
      return name === undefined || version === undefined ? [] : [{ name, version }];
    })
    .sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Puts the list into the store, where reports compare it; undefined if nobody asked for one. */
export async function keepPackages(job: Job, image: BuiltImage): Promise<StoredObject | undefined> {
  if (job.spec.packages === undefined) return undefined;
  const text = `${JSON.stringify(await listPackages(job, image))}\n`;
  return sendJson(job, "packages.json", text, {
    object: job.spec.packages.object,
    url: async () => (await job.folder.spec()).packages?.url ?? "",
  });
}
