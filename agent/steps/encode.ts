import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { DiskEncoding, StoredBody } from "../../contract/bodies";
import type { Job } from "../job/job";
import { StepError } from "../job/step-error";
import { sideBySide } from "../machine/side-by-side";
import { gigabytes } from "../machine/sizes";
import type { BuiltDisk } from "./disk";
import { isOf, type Origin, sizeOf } from "./origin";
import { firstWord, readThrough } from "./read-through";

/** A disk as a receiver wants it, in a file. */
export interface EncodedDisk extends Pick<StoredBody, "encoding" | "sizeBytes"> {
  readonly path: string;
}

/** Of what is in the file. */
export type Sums = Pick<StoredBody, "md5" | "sha512" | "sha256">;

const encodedPath = (job: Job, encoding: DiskEncoding): string => join(job.work, `disk.${encoding}`);

/** Makes it; one that is there, whole and of the same disk, is kept. */
export async function encode(
  job: Job,
  raw: BuiltDisk,
  origin: Origin,
  encoding: DiskEncoding,
  signal: AbortSignal,
): Promise<EncodedDisk> {
  if (encoding === "raw") return { path: raw.path, encoding, sizeBytes: raw.sizeBytes };
  const path = encodedPath(job, encoding);
  const name = `encoded-${encoding}`;
  const found = await job.marker<EncodedDisk & Origin>(name);
  if (found && isOf(origin, found) && (await sizeOf(path)) === found.sizeBytes) return found;
  if (!(await job.machine.find("qemu-img")))
    throw new StepError("this machine has no qemu-img, which converts the disk");
  await convert(job, raw, path, signal);
  const encoded: EncodedDisk = { path, encoding, sizeBytes: (await sizeOf(path)) ?? 0 };
  await job.mark(name, { ...encoded, ...origin });
  return encoded;
}

/** Beside the sending, which waits for none of it: who finishes the disk compares them. */
export async function sumsOf(job: Job, disk: EncodedDisk, origin: Origin, signal: AbortSignal): Promise<Sums> {
  const name = `sums-${disk.encoding}`;
  const found = await job.marker<Sums & Origin>(name);
  if (found && isOf(origin, found)) return found;
  const [md5, sha512, sha256] = await sideBySide(
    signal,
    (stop) => sum(job, "md5sum", disk.path, stop),
    (stop) => sum(job, "sha512sum", disk.path, stop),
    // Of the raw disk it is taken anyway.
    (stop) => (disk.encoding === "raw" ? Promise.resolve(undefined) : sum(job, "sha256sum", disk.path, stop)),
  );
  const sums: Sums = { md5, sha512, ...(sha256 !== undefined && { sha256 }) };
  await job.mark(name, { ...sums, ...origin });
  return sums;
}

/** The files that were made of the disk. */
export async function removeEncoded(job: Job): Promise<void> {
  await rm(encodedPath(job, "qcow2"), { force: true });
}

async function convert(job: Job, raw: BuiltDisk, to: string, signal: AbortSignal): Promise<void> {
  await readThrough(["qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", raw.path, to], {
    from: raw.path,
    run: job.machine.run,
    timeoutMs: job.timeoutMs,
    signal,
    onProgress: (bytes) => job.progress(`upload: qcow2 ${gigabytes(bytes, raw.sizeBytes)}`),
  });
}

/** Hex. */
async function sum(job: Job, command: string, from: string, signal: AbortSignal): Promise<string> {
  const { run } = job.machine;
  const reading = { from, run, timeoutMs: job.timeoutMs, signal, onProgress: () => undefined };
  return firstWord(await readThrough([command, from], reading));
}
