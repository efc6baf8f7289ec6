import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { getPriority } from "node:os";
import { join } from "node:path";
import { findExtents } from "../../ebs";
import { expect, test } from "vitest";
import type { Run } from "../machine/machine";
import { hashCommand, hashDisk } from "./hash-disk";
import { pack, type PackOptions } from "./pack";
import { extentTools } from "./upload";
import { findCommand, runCommand } from "../machine/processes";
import { fakeMachine, makeJob } from "../testing/fixtures";
import { makeSpec } from "../../contract/testing/agent-spec";
import { temporaryFolder } from "../../contract/testing/temporary-folder";

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

function options(path: string, change: Partial<PackOptions> = {}): PackOptions {
  return {
    from: path,
    to: `${path}.zst`,
    run: runCommand,
    timeoutMs: 20_000,
    signal: new AbortController().signal,
    onStart: () => Promise.resolve(),
    onProgress: () => undefined,
    ...change,
  };
}

/** One of the commands is another one. */
const instead =
  (command: string, script: string): Run =>
  (name, args, more) =>
    name === command ? runCommand("sh", ["-c", script], more) : runCommand(name, args, more);

async function realJob(finds: readonly string[]): ReturnType<typeof makeJob> {
  const machine = { ...(await fakeMachine()), run: runCommand };
  return makeJob({ ...machine, find: async (name) => finds.includes(name) && findCommand(name) }, makeSpec());
}

test.each([["python3"], ["filefrag"]])("holes are found with %s", async (tool) => {
  const disk = await sparseDisk();
  const extents = await findExtents(extentTools(await realJob([tool])), disk.path, disk.size);
  expect(extents.map(({ start }) => start)).toEqual([0, 8 * MIB, 40 * MIB + 4096]);
  expect(extents.reduce((sum, { length }) => sum + length, 0)).toBe(disk.data);
});

test("without a tool that knows holes all is data", async () => {
  const disk = await sparseDisk();
  const extents = await findExtents(extentTools(await realJob([])), disk.path, disk.size);
  expect(extents).toEqual([{ start: 0, length: disk.size }]);
});

test("the packed disk is the disk, and the checksums are those of the disk and of the packed one", async () => {
  const { path } = await sparseDisk();
  const noted: number[] = [];
  const onStart = (pid: number): Promise<void> => Promise.resolve(void noted.push(pid));
  const [packed, sha256] = await Promise.all([
    pack(options(path, { onStart })),
    hashDisk({ ...options(path), command: ["sha256sum"] }),
  ]);
  const compressed = await readFile(`${path}.zst`);
  expect(sha256).toBe(
    createHash("sha256")
      .update(await readFile(path))
      .digest("hex"),
  );
  expect(packed).toEqual({
    sizeBytes: compressed.length,
    md5: createHash("md5").update(compressed).digest("base64"),
  });
  execFileSync("zstd", ["-d", "-q", "-f", `${path}.zst`, "-o", `${path}.back`]);
  expect(execFileSync("cmp", [path, `${path}.back`], { encoding: "utf8" })).toBe("");
  expect(noted).toHaveLength(1);
});

test("openssl says the same of a disk as sha256sum", async () => {
  const { path } = await sparseDisk();
  const commands = await Promise.all([false, true].map((has) => hashCommand(() => Promise.resolve(has))));
  expect(commands.map(([name]) => name)).toEqual(["sha256sum", "openssl"]);
  const [one, other] = await Promise.all(commands.map((command) => hashDisk({ ...options(path), command })));
  expect(other).toMatch(/^[0-9a-f]{64}$/);
  expect(other).toBe(one);
});

test("compressing goes before the checksum where there are too few processors for both", async () => {
  const { path } = await sparseDisk();
  const priorities: string[] = [];
  const run: Run = (name, args, more) =>
    runCommand(name, args, {
      ...more,
      onStart: (pid) => {
        more.onStart?.(pid);
        priorities.push(`${name} ${getPriority(pid)}`);
      },
    });
  await hashDisk({ ...options(path, { run }), command: ["sha256sum"] });
  await pack(options(path, { run }));
  expect(priorities.slice(0, 2)).toEqual(["sha256sum 5", `zstd ${getPriority()}`]);
});

test("says how far it has read", async () => {
  const { path } = await sparseDisk();
  const seen: number[] = [];
  // It holds still for the second look: what is done in earnest, a child does.
  const run: Run = (name, args, more) => {
    const stands = `exec 3<'${path}'; head -c 1048576 <&3 >/dev/null; sleep 1.5`;
    return runCommand("sh", ["-c", `${stands}; ${[name, ...args].join(" ")}; exit $?`], more);
  };
  await hashDisk({ ...options(path, { run, onProgress: (bytes) => seen.push(bytes) }), command: ["sha256sum"] });
  expect(seen).toContain(1_048_576);
});

test("an answer about extents that makes no sense is not believed", async () => {
  const machine = await fakeMachine({ python3: () => ({ stdout: "0 10\n5 10\n" }), filefrag: () => ({ code: 1 }) });
  machine.installed.add("python3").add("filefrag");
  const job = await makeJob(machine, makeSpec());
  expect(await findExtents(extentTools(job), "/x", 100)).toEqual([{ start: 0, length: 100 }]);
});

test("a command that dies is an error that says so", async () => {
  const { path } = await sparseDisk();
  const run = (command: string): Run => instead(command, "echo 'no memory' >&2; exit 3");
  const died = (command: string) => ({ message: `${command}: exit status 3`, tail: ["no memory"] });
  await expect(pack(options(path, { run: run("zstd") }))).rejects.toMatchObject(died("zstd"));
  await expect(pack(options(path, { run: run("md5sum") }))).rejects.toMatchObject(died("md5sum"));
  const hashing = { ...options(path, { run: run("sha256sum") }), command: ["sha256sum"] as const };
  await expect(hashDisk(hashing)).rejects.toMatchObject(died("sha256sum"));
});

test("a disk that is not there, an output that cannot be written, a stop: each ends the packing", async () => {
  const { path } = await sparseDisk();
  await expect(hashDisk({ ...options("/no/such/disk"), command: ["sha256sum"] })).rejects.toThrow(
    "sha256sum: exit status 1",
  );
  await expect(pack(options("/no/such/disk"))).rejects.toThrow(/^zstd: /);
  await expect(pack(options(path, { to: "/no/such/folder/disk.zst" }))).rejects.toThrow(/^zstd: /);
  const stop = new AbortController();
  const running = pack(options(path, { run: instead("zstd", "sleep 100"), signal: stop.signal }));
  setTimeout(() => stop.abort(new Error("enough")), 100);
  await expect(running).rejects.toThrow("enough");
});
