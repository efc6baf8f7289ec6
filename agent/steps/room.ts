import type { Job } from "../job/job";
import { StepError } from "../job/step-error";

/** Free and total bytes of the file system with this path. (node 18.13 has no statfs.) */
export async function diskFree(job: Job, path: string): Promise<[free: number, total: number]> {
  const text = await job.must("df", ["-B1", "--output=avail,size", path], { quiet: true, timeoutMs: 60_000 });
  const [free, total] = (text.trim().split("\n").at(-1) ?? "").trim().split(/\s+/).map(Number);
  if (free === undefined || total === undefined || Number.isNaN(free) || Number.isNaN(total)) {
    throw new StepError(`df ${path} printed what cannot be read: ${text}`);
  }
  return [free, total];
}
