import { stat } from "node:fs/promises";
import type { Job } from "../job/job";
import type { BuiltDisk } from "./disk";

/** Of which disk something was made: another disk, another one. */
export interface Origin {
  readonly builtAt: string;
  readonly bootId: string;
}

export async function originOf(job: Job, { builtAt }: BuiltDisk): Promise<Origin> {
  return { builtAt, bootId: await job.bootId() };
}

export const isOf = (origin: Origin, found: Origin): boolean =>
  found.builtAt === origin.builtAt && found.bootId === origin.bootId;

/** Bytes of a file; undefined where it is not there. */
export async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}
