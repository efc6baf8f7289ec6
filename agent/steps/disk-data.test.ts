import { createHash } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MOST_STRETCHES } from "../../contract/disk-data";
import { MIB } from "../../contract/sizes";
import { temporaryFolder } from "../../contract/testing/temporary-folder";
import { runCommand } from "../machine/processes";
import { hashData, stretchesOf } from "./disk-data";

const EXTENTS = [
  { start: 0, length: 4096 },
  { start: 8 * MIB - 4096, length: 3 * MIB },
  { start: 24 * MIB, length: 123 },
];
const SIZE = 24 * MIB + 123;

async function disk(): Promise<string> {
  const path = join(await temporaryFolder(), "a disk.raw");
  const file = await open(path, "w");
  await file.truncate(SIZE);
  for (const { start, length } of EXTENTS) await file.write(Buffer.alloc(length, "data"), 0, length, start);
  await file.close();
  return path;
}

const options = (from: string) => ({
  ...{ from, sizeBytes: SIZE, run: runCommand, timeoutMs: 20_000, signal: new AbortController().signal },
  onProgress: (): void => undefined,
});

test.each([[["sha256sum"]], [["openssl", "dgst", "-sha256", "-r"]]] as const)(
  "%s hashes the data and nothing else",
  async (command) => {
    const path = await disk();
    const bytes = await readFile(path);
    const stretches = [
      [0, 1],
      [7, 4],
      [24, 1],
    ];
    const hash = createHash("sha256");
    for (const [first = 0, count = 0] of stretches) hash.update(bytes.subarray(first * MIB, (first + count) * MIB));
    const data = await hashData({ ...options(path), command, extents: EXTENTS });
    expect(data).toEqual({ stretches, sha256: hash.digest("hex") });
  },
);

test("a disk without holes needs no second checksum", async () => {
  const whole = [{ start: 0, length: SIZE }];
  expect(await hashData({ ...options("/nowhere"), command: ["sha256sum"], extents: whole })).toBeUndefined();
});

test("a disk that can't be read is no disk without data", async () => {
  await expect(hashData({ ...options("/nowhere"), command: ["sha256sum"], extents: EXTENTS })).rejects.toThrow(
    "can't read the data of /nowhere: dd failed",
  );
});

test("of many extents the largest gaps stay, and all of the data", () => {
  const extents = Array.from({ length: 300 }, (_, index) => ({
    start: index * 16 * MIB + (index % 3 === 0 ? 4 * MIB : 0),
    length: 5000,
  }));
  const stretches = stretchesOf(extents);
  expect(stretches).toHaveLength(MOST_STRETCHES);
  for (const { start, length } of extents) {
    const holder = stretches.find(([first, count]) => first * MIB <= start && start + length <= (first + count) * MIB);
    expect(holder).toBeDefined();
  }
  // Gaps of 19 MiB come before those of 15 and 11.
  const gaps = stretches.slice(1).map(([first], index) => first - stretches[index]![0] - stretches[index]![1]);
  expect(new Set(gaps)).toEqual(new Set([19]));
  expect(stretchesOf([])).toEqual([]);
  expect(stretchesOf(extents.slice(0, 1))).toEqual([[4, 1]]);
});
