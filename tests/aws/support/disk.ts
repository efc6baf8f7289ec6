/** Sparse disks for tests. */
import { randomBytes } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const MIB = 1024 * 1024;

export async function temporaryFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "aws-test-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

export interface TestDisk {
  readonly path: string;
  readonly size: number;
  /** Blocks that a snapshot of it has. */
  readonly blocks: number;
}

/** Data off every boundary, holes between, an end inside a block. */
export async function makeDisk(dataMib = 20): Promise<TestDisk> {
  const path = join(await temporaryFolder(), "disk.raw");
  const size = (dataMib + 60) * MIB + 4096;
  const file = await open(path, "w");
  await file.truncate(size);
  const data = randomBytes(dataMib * MIB);
  await file.write(data, 0, 4096, 0);
  await file.write(data, 0, data.length, 8 * MIB + 4096);
  await file.write(data, 0, 4096, size - 4096);
  await file.close();
  return { path, size, blocks: 1 + (dataMib * 2 + 1) + 1 };
}
