import { readFile } from "node:fs/promises";
import type { Job } from "../job/job";
import { machinePath } from "../machine/paths";
import { mountAt } from "../machine/mounts";
import { diskFree } from "./room";
import { GIB } from "../../contract/sizes";

/** Builds filled these up: sizes that proved to be enough. */
const WANTED = [
  { path: "/run", bytes: 3 * GIB },
  { path: "/tmp", bytes: 8 * GIB },
] as const;
/** Share of memory and swap that one of them may take: a size above what there is ends in the kernel's kill. */
const SHARE = 0.75;

/** Lets tmpfs folders grow. Never makes one smaller; what is not tmpfs is left alone. */
export async function growMemoryFolders(job: Job): Promise<void> {
  const memory = await memoryBytes(job);
  for (const { path, bytes } of WANTED) {
    const mount = await mountAt(job.machine, path);
    if (mount?.type !== "tmpfs") continue;
    const [, now] = await diskFree(job, path);
    const size = Math.floor(Math.min(bytes, memory * SHARE) / 4096) * 4096;
    if (size <= now) continue;
    await job.must("mount", ["-o", `remount,size=${size}`, path], { timeoutMs: 60_000 });
  }
}

async function memoryBytes(job: Job): Promise<number> {
  const text = await readFile(machinePath(job.machine, "/proc/meminfo"), "utf8");
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);
  return (kib("MemTotal") + kib("SwapTotal")) * 1024;
}
