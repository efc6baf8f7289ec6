import { mkdir, readdir, readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hasSelinux } from "./commands";
import { CONTAINERS, machinePath } from "../machine/paths";
import type { Job } from "../job/job";
import { StepError } from "../job/step-error";
import { mountAt, mounts } from "../machine/mounts";
import { GIB } from "../../contract/sizes";
import { gibibytes } from "../machine/sizes";

/** File system label of what is ours; ext4 has room for 16 characters. */
export const LABEL = "copr-builders";
/** udev names devices a moment after they appear. */
const DEVICE_WAIT_MS = 30_000;

/** Looks at the scratch device and changes nothing. */
export async function checkScratch(job: Job, name: string): Promise<string[]> {
  const device = await waitForDevice(job, name);
  if (device === undefined) return [`the scratch device ${name} is not there after ${DEVICE_WAIT_MS / 1000} s`];
  const problems: string[] = [];
  const here = await mountAt(job.machine, CONTAINERS);
  if (here !== undefined && here.source !== device) {
    problems.push(`${CONTAINERS} is ${here.source}, mounted before; the scratch device ${name} cannot go there too`);
  }
  const elsewhere = (await mounts(job.machine)).find((mount) => mount.source === device && mount.path !== CONTAINERS);
  if (elsewhere !== undefined) problems.push(`the scratch device ${name} is in use: mounted on ${elsewhere.path}`);
  const size = Number((await job.must("blockdev", ["--getsize64", device], { quiet: true, timeoutMs: 60_000 })).trim());
  if (size < job.spec.needGib * GIB) {
    problems.push(
      `the scratch device ${name} has ${gibibytes(size)}, but ${gibibytes(job.spec.needGib * GIB)} are needed`,
    );
  }
  const there = await contentOf(job, device);
  if (!job.spec.ownMachine && there.type !== undefined && there.label !== LABEL) {
    problems.push(`the scratch device ${name} holds ${there.type}; it is not formatted on a machine that is not ours`);
  }
  return problems;
}

/** Formats the device unless it is ours already, and mounts it where containers are stored. */
export async function attachScratch(job: Job, name: string): Promise<void> {
  const device = await findDevice(job, name);
  if (device === undefined) throw new StepError(`the scratch device ${name} is not there any more`);
  if ((await mountAt(job.machine, CONTAINERS))?.source === device) return;
  const { type, label } = await contentOf(job, device);
  const ours = type === "ext4" && label === LABEL;
  if (!ours) {
    job.progress(`prepare: format ${name}`);
    if (await isSwap(job, device)) await job.must("swapoff", [device]);
    // Tables are written when they are used and nothing is discarded: seconds, also for a big disk. -F: a whole disk.
    const fast = "lazy_itable_init=1,lazy_journal_init=1,nodiscard";
    await job.must("mkfs.ext4", ["-q", "-F", "-m", "0", "-E", fast, "-L", LABEL, device]);
  }
  const path = machinePath(job.machine, CONTAINERS);
  await mkdir(path, { recursive: true });
  await job.must("mount", ["-t", "ext4", "-o", "noatime", device, path]);
  if (!ours && (await hasSelinux(job))) await job.must("restorecon", ["-R", path]);
}

async function waitForDevice(job: Job, name: string): Promise<string | undefined> {
  for (const until = job.machine.clock.now() + DEVICE_WAIT_MS; ;) {
    const found = await findDevice(job, name);
    if (found !== undefined || job.machine.clock.now() >= until) return found;
    await job.machine.clock.sleep(500);
  }
}

/** The device itself. A `*` in the last part of the name stands for what a bus puts before a serial number. */
async function findDevice(job: Job, name: string): Promise<string | undefined> {
  const path = machinePath(job.machine, name);
  try {
    if (!name.includes("*")) return await realpath(path);
    const [before = "", after = ""] = path.slice(dirname(path).length + 1).split("*");
    const names = await readdir(dirname(path));
    const found = names.find((one) => one.startsWith(before) && one.endsWith(after));
    return found === undefined ? undefined : await realpath(join(dirname(path), found));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    return undefined;
  }
}

/** What blkid finds on a device; nothing on an empty one. */
async function contentOf(job: Job, device: string): Promise<{ type?: string; label?: string }> {
  // -p looks at the device itself: the cache knows a disk that was here before.
  const result = await job.run("blkid", ["-p", "-o", "export", device], { quiet: true, timeoutMs: 60_000 });
  // 2: nothing found.
  if (result.code === 2) return {};
  if (result.code !== 0) throw new StepError(`blkid ${device} failed`, { tail: result.tail });
  const value = (name: string): string | undefined => new RegExp(`^${name}=(.*)$`, "m").exec(result.stdout)?.[1];
  const [type, label] = [value("TYPE") ?? value("PTTYPE"), value("LABEL")];
  return { ...(type !== undefined && { type }), ...(label !== undefined && { label }) };
}

async function isSwap(job: Job, device: string): Promise<boolean> {
  const swaps = await readFile(machinePath(job.machine, "/proc/swaps"), "utf8");
  return swaps.split("\n").some((line) => line.split(/\s+/)[0] === device);
}
