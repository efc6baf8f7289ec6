/** The disk that is fanned out: sparse, with what a distribution's disk has in it. */
import { execFileSync } from "node:child_process";
import { closeSync, ftruncateSync, openSync, statSync } from "node:fs";
import { hashData } from "../../agent/steps/disk-data";
import { hashCommand, hashDisk } from "../../agent/steps/hash-disk";
import { findCommand, runCommand } from "../../agent/machine/processes";
import type { CommitRecord } from "../../contract/commit-record";
import { MIB } from "../../contract/sizes";
import { findExtents } from "../../ebs";

const EXTENT_MIB = 32;

/** Programs and libraries of this machine in extents with holes between. */
export function makeDisk(file: string, size: number, data: number): void {
  const disk = openSync(file, "w");
  ftruncateSync(disk, size);
  closeSync(disk);
  const extents = Math.ceil(data / MIB / EXTENT_MIB);
  const apart = Math.floor(size / MIB / extents);
  const copy = `for extent in $(seq 0 ${extents - 1}); do
  dd of="$1" bs=1M count=${EXTENT_MIB} seek=$((extent * ${apart})) iflag=fullblock conv=notrunc status=none
done`;
  // tar ends when nobody reads any more.
  execFileSync("bash", ["-c", `tar -c -C / usr 2>/dev/null | { ${copy}; }`, "bash", file], { stdio: "inherit" });
  const made = statSync(file).blocks * 512;
  if (made < data) throw new Error(`/usr has ${made} bytes alone: say --data-gib with less`);
}

/** As a worker's agent takes them. */
export async function sumsOf(
  disk: string,
  sizeBytes: number,
): Promise<Pick<CommitRecord["disk"], "sha256"> & { data: CommitRecord["disk"]["data"] }> {
  const run = (command: string, args: readonly string[], timeoutMs: number) => runCommand(command, args, { timeoutMs });
  const extents = await findExtents({ find: findCommand, run, note: console.log }, disk, sizeBytes);
  const reading = {
    ...{ command: await hashCommand(findCommand), from: disk, run: runCommand, timeoutMs: 600_000 },
    ...{ signal: new AbortController().signal, onProgress: () => undefined },
  };
  return { sha256: await hashDisk(reading), data: await hashData({ ...reading, extents, sizeBytes }) };
}
