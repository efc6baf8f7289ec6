import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { open, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findExtents, stretches } from "./extents";
import { pack, type PackOptions } from "./pack";
import { extentTools } from "./upload";
import { findCommand, openFilter, runCommand } from "./processes";
import { fakeMachine, makeJob, makeSpec, temporaryFolder } from "./testing/fixtures";

const MIB = 1024 * 1024;

/** Data, a hole, data that ends off a block, a hole to the end that ends off a block too. */
async function sparseDisk(): Promise<{ path: string; size: number; data: number }> {
  const path = join(await temporaryFolder(), "disk.raw");
  const size = 96 * MIB + 123;
  const file = await open(path, "w");
  await file.truncate(size);
  for (const [at, length] of [
    [0, 4096],
    [8 * MIB, 5 * MIB],
    [40 * MIB + 4096, 12_288],
  ] as const) {
    await file.write(randomBytes(length), 0, length, at);
  }
  await file.close();
  return { path, size, data: 4096 + 5 * MIB + 12_288 };
}

function options(disk: { path: string; size: number }, change: Partial<PackOptions> = {}): PackOptions {
  return {
    from: disk.path,
    to: `${disk.path}.zst`,
    sizeBytes: disk.size,
    extents: [{ start: 0, length: disk.size }],
    open: openFilter,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...change,
  };
}

async function realJob(finds: readonly string[]): ReturnType<typeof makeJob> {
  const machine = { ...(await fakeMachine()), run: runCommand };
  return makeJob({ ...machine, find: async (name) => finds.includes(name) && findCommand(name) }, makeSpec());
}

test.each([["python3"], ["filefrag"]])("holes are found with %s and the packed disk is the disk", async (tool) => {
  const disk = await sparseDisk();
  const extents = await findExtents(extentTools(await realJob([tool])), disk.path, disk.size);
  expect(extents.map(({ start }) => start)).toEqual([0, 8 * MIB, 40 * MIB + 4096]);
  expect(extents.reduce((sum, { length }) => sum + length, 0)).toBe(disk.data);

  const progress: number[] = [];
  const packed = await pack(options(disk, { extents, onProgress: (bytes) => progress.push(bytes) }));
  const [whole] = execFileSync("sha256sum", [disk.path], { encoding: "utf8" }).split(" ");
  expect(packed.diskSha256).toBe(whole);
  const compressed = await readFile(`${disk.path}.zst`);
  expect(packed.sizeBytes).toBe(compressed.length);
  expect(packed.md5).toBe(createHash("md5").update(compressed).digest("base64"));
  execFileSync("zstd", ["-d", "-q", "-f", `${disk.path}.zst`, "-o", `${disk.path}.back`]);
  expect(execFileSync("cmp", [disk.path, `${disk.path}.back`], { encoding: "utf8" })).toBe("");
  expect(progress.at(-1)).toBe(disk.size);
});

test("without a tool that knows holes all is read, and the checksum is the same", async () => {
  const disk = await sparseDisk();
  const extents = await findExtents(extentTools(await realJob([])), disk.path, disk.size);
  expect(extents).toEqual([{ start: 0, length: disk.size }]);
  const [whole] = execFileSync("sha256sum", [disk.path], { encoding: "utf8" }).split(" ");
  expect((await pack(options(disk, { extents }))).diskSha256).toBe(whole);
});

test("a disk that is one hole, and one without any", async () => {
  expect([...stretches([], 10)]).toEqual([{ start: 0, length: 10, hole: true }]);
  const path = join(await temporaryFolder(), "disk.raw");
  await writeFile(path, randomBytes(3 * MIB + 1));
  const { size } = await stat(path);
  const packed = await pack(options({ path, size }));
  expect(packed.diskSha256).toBe(
    createHash("sha256")
      .update(await readFile(path))
      .digest("hex"),
  );
});

test("an answer about extents that makes no sense is not believed", async () => {
  const machine = await fakeMachine({ python3: () => ({ stdout: "0 10\n5 10\n" }), filefrag: () => ({ code: 1 }) });
  machine.installed.add("python3").add("filefrag");
  const job = await makeJob(machine, makeSpec());
  expect(await findExtents(extentTools(job), "/x", 100)).toEqual([{ start: 0, length: 100 }]);
});

test("a compressor that dies is an error that says so, and nothing waits for it", async () => {
  const disk = await sparseDisk();
  const dies = pack(
    options(disk, { open: () => openFilter("sh", ["-c", "head -c 100000 >/dev/null; echo 'no memory' >&2; exit 3"]) }),
  );
  await expect(dies).rejects.toThrow("zstd ended with exit status 3: no memory");
  const absent = pack(options(disk, { open: () => openFilter("/no/such/zstd", []) }));
  await expect(absent).rejects.toThrow("zstd cannot be started");
});

test("a disk that shrinks, an output that cannot be written, a stop: each ends the packing", async () => {
  const disk = await sparseDisk();
  await expect(pack(options({ ...disk, size: disk.size + MIB }))).rejects.toThrow("became shorter");
  await expect(pack(options(disk, { to: "/no/such/folder/disk.zst" }))).rejects.toThrow("ENOENT");
  const stop = new AbortController();
  const onProgress = (bytes: number): void => void (bytes > 20 * MIB && stop.abort(new Error("enough")));
  await expect(pack(options(disk, { signal: stop.signal, onProgress }))).rejects.toThrow();
});
