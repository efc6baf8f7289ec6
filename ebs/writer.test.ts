import { createHash, randomBytes } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { alignToBlocks, type BlockPlace, type Skip } from "./blocks";
import { BLOCK_BYTES } from "../contract/blocks";
import { openJournal } from "./journal";
import { BlockWriter, type WriterOptions, type WrittenBlocks } from "./writer";
import type { Extent } from "./extents";
import { putDisk } from "./put-disk";
import { readOnce } from "./read-once";
import { EbsService } from "./testing/service";
import { temporaryFolder } from "../contract/testing/temporary-folder";

const MIB = 1024 * 1024;
/** Blocks of the snapshot's volume: less than the service would make. */
const VOLUME = 128;
const KEYS = { accessKeyId: "ASIA1", secretAccessKey: "secret-of-the-test" };

interface Disk {
  readonly path: string;
  readonly size: number;
  readonly extents: readonly Extent[];
}

/** Off every boundary: data in the middle of blocks, zeros that were written, an end inside a block. */
async function makeDisk(): Promise<Disk> {
  const path = join(await temporaryFolder(), "disk.raw");
  const size = 60 * MIB + 4096;
  const extents = [
    { start: 0, length: 4096 },
    { start: 8 * MIB + 4096, length: 20 * MIB },
    { start: 40 * MIB, length: MIB },
    { start: 60 * MIB, length: 4096 },
  ];
  const file = await open(path, "w");
  await file.truncate(size);
  for (const { start, length } of extents)
    await file.write(start === 40 * MIB ? Buffer.alloc(length) : randomBytes(length), 0, length, start);
  await file.close();
  return { path, size, extents: alignToBlocks(extents, size) };
}

interface PutOptions extends Partial<WriterOptions> {
  readonly skip?: Skip;
  readonly folder?: string;
  readonly diskName?: string;
  readonly said?: string[];
}

async function put(
  disk: Disk,
  service: EbsService,
  options: PutOptions = {},
): Promise<WrittenBlocks & { readonly sent: number }> {
  const place: BlockPlace = {
    region: "us-east-1",
    snapshotId: "snap-0a1b",
    volumeGib: VOLUME / 2048,
    endpoint: service.url,
  };
  const { skip = "holes", folder = await temporaryFolder(), diskName = "one", said = [], ...change } = options;
  const signal = change.signal ?? AbortSignal.timeout(60_000);
  const writer = new BlockWriter({
    place,
    journal: await openJournal(join(folder, "ebs"), place.snapshotId, diskName),
    credentials: () => Promise.resolve(KEYS),
    clock: { now: Date.now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 10)) },
    signal,
    say: (line) => said.push(line),
    ...change,
  });
  const reading = { from: disk.path, sizeBytes: disk.size, extents: disk.extents, onProgress: () => undefined };
  try {
    await putDisk((slots, sinks, stop) => readOnce({ ...reading, slots, sinks, signal: stop }), {
      ...{ writers: [writer], skip, signal, onBytes: () => undefined },
    });
    return { ...writer.written(), sent: writer.sent };
  } finally {
    writer.close();
  }
}

/** What CompleteSnapshot is to be told, worked out anew from what the service has. */
function expected(service: EbsService): WrittenBlocks {
  const all = createHash("sha256");
  for (const index of [...service.blocks.keys()].sort((a, b) => a - b))
    all.update(
      createHash("sha256")
        .update(service.blocks.get(index) ?? "")
        .digest(),
    );
  return { changedBlocks: service.blocks.size, checksum: all.digest("base64") };
}

test("extents are widened to blocks, and meet", () => {
  const extents = [
    { start: 5, length: 1 },
    { start: BLOCK_BYTES, length: 10 },
    { start: 5 * BLOCK_BYTES + 1, length: BLOCK_BYTES },
    { start: 6 * BLOCK_BYTES + 5, length: 1 },
    { start: 9 * BLOCK_BYTES, length: 7 },
  ];
  expect(alignToBlocks(extents, 9 * BLOCK_BYTES + 7)).toEqual([
    { start: 0, length: 2 * BLOCK_BYTES },
    { start: 5 * BLOCK_BYTES, length: 2 * BLOCK_BYTES },
    { start: 9 * BLOCK_BYTES, length: 7 },
  ]);
});

test("the blocks read back are the disk; holes are not sent, zeros that were written are", async () => {
  const [disk, service] = [await makeDisk(), await EbsService.start()];
  const written = await put(disk, service);
  expect(service.volume(disk.size).equals(await readFile(disk.path))).toBe(true);
  // 1 + 41 (20 MiB across a boundary) + 2 of zeros + 1 that is padded
  expect(written).toEqual({ ...expected(service), changedBlocks: 45, sent: 45 });
  expect(service.puts.length).toBe(45);
});

test("zeros are left out, or all is written to the end of the volume, if that is asked for", async () => {
  const [disk, service] = [await makeDisk(), await EbsService.start()];
  expect(await put(disk, service, { skip: "zeros" })).toMatchObject({ changedBlocks: 43 });
  expect(service.volume(disk.size).equals(await readFile(disk.path))).toBe(true);
  const whole = await EbsService.start();
  expect(await put(disk, whole, { skip: "nothing" })).toEqual({
    ...expected(whole),
    changedBlocks: VOLUME,
    sent: VOLUME,
  });
  expect(whole.volume(disk.size).equals(await readFile(disk.path))).toBe(true);
});

test("a service that throttles gets fewer at once, and more again; every block arrives once", async () => {
  const [disk, service] = [await makeDisk(), await EbsService.start()];
  service.delayMs = 5;
  const throttle = { status: 400, error: "ThrottlingException" };
  service.fault = (tried) => (tried <= 20 ? throttle : undefined);
  const said: string[] = [];
  const written = await put(disk, service, { said });
  expect(written).toEqual({ ...expected(service), sent: 45 });
  expect(service.tried).toBe(65);
  expect(said.join("\n")).toMatch(/ThrottlingException.*32 at once from here on/);
});

test.each([
  [{ status: 503, error: "ServiceUnavailable" }],
  [{ status: 500, error: "InternalServerException" }],
  [{ status: 400, error: "RequestThrottledException" }],
  ["cut" as const],
])("one put in twenty that ends as %o: the disk is there all the same", async (fault) => {
  const [disk, service] = [await makeDisk(), await EbsService.start()];
  service.fault = (tried) => (tried % 20 === 7 ? fault : undefined);
  expect(await put(disk, service)).toEqual({ ...expected(service), sent: 45 });
  expect(service.volume(disk.size).equals(await readFile(disk.path))).toBe(true);
  expect(service.tried).toBeGreaterThan(46);
});

test("a service that never recovers is given up after a bounded number of tries", async () => {
  const [disk, service] = [await makeDisk(), await EbsService.start()];
  service.fault = (_, index) => (index === 20 ? { status: 500, error: "InternalServerException" } : undefined);
  const clock = { now: Date.now, sleep: () => Promise.resolve() };
  await expect(put(disk, service, { clock })).rejects.toThrow(/block 20 .*InternalServerException.*tried 12 times/);
});

test.each([
  ["denied", /AccessDeniedException.*ebs:PutSnapshotBlock on arn:aws:ec2:us-east-1::snapshot\/snap-0a1b/],
  ["gone", /404 ResourceNotFoundException.*us-east-1 has no such snapshot/],
  ["lies", /arrived with another checksum/],
])("%s: refused at once, and the error says what to do", async (why, message) => {
  const [disk, service] = [await makeDisk(), await EbsService.start()];
  if (why === "denied") service.denied.add(KEYS.accessKeyId);
  if (why === "gone") service.snapshots.clear();
  service.lies = why === "lies";
  await expect(put(disk, service)).rejects.toThrow(message);
  // Those that were on the way together; none was tried again.
  expect(service.tried).toBeLessThanOrEqual(64);
});

test("when one block can't be put, the others are not tried on behind its back", async () => {
  const [disk, service] = [await makeDisk(), await EbsService.start()];
  const denied = { status: 403, error: "AccessDeniedException" };
  service.fault = (_, index) => (index === 50 ? denied : { status: 500, error: "InternalServerException" });
  const clock = { now: Date.now, sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) };
  await expect(put({ ...disk, extents: disk.extents.slice(1) }, service, { clock })).rejects.toThrow("AccessDenied");
  // What is on the way still arrives.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const { tried } = service;
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(service.tried).toBe(tried);
});

test("bytes that change on their way are refused by the service, and that is the error", async () => {
  const [disk, service] = [await makeDisk(), await EbsService.start()];
  const writer = new BlockWriter({
    place: { region: "us-east-1", snapshotId: "snap-0a1b", volumeGib: 1, endpoint: service.url },
    journal: await openJournal(join(await temporaryFolder(), "ebs"), "snap-0a1b", disk.path),
    credentials: () => Promise.resolve(KEYS),
    clock: { now: Date.now, sleep: () => Promise.resolve() },
    signal: AbortSignal.timeout(10_000),
    say: () => undefined,
  });
  const digest = createHash("sha256").update("something else").digest("base64");
  const wrong = writer.put({ index: 0, bytes: Buffer.alloc(BLOCK_BYTES, 1), digest });
  await expect(wrong).rejects.toThrow(/400 ValidationException/);
  writer.close();
  expect(service.puts).toEqual([]);
});

test("credentials that end midway are renewed once for all", async () => {
  const [disk, service] = [await makeDisk(), await EbsService.start()];
  let asked = 0;
  service.fault = (tried) => {
    if (tried === 20) service.expired.add("ASIA1");
    return undefined;
  };
  const credentials: WriterOptions["credentials"] = (refused) => {
    if (refused !== undefined) asked += 1;
    return Promise.resolve(refused === undefined ? KEYS : { ...KEYS, accessKeyId: "ASIA2" });
  };
  expect(await put(disk, service, { credentials })).toEqual({ ...expected(service), sent: 45 });
  expect(asked).toBe(1);
  expect([...service.seenKeys]).toEqual(["ASIA1", "ASIA2"]);
});

test("a source that still gives what is refused is asked again a little later", async () => {
  const [disk, service] = [await makeDisk(), await EbsService.start()];
  service.expired.add("ASIA1");
  let asked = 0;
  const credentials: WriterOptions["credentials"] = (refused) => {
    if (refused !== undefined) asked += 1;
    return Promise.resolve(asked < 4 ? { ...KEYS } : { ...KEYS, accessKeyId: "ASIA2" });
  };
  const waits: number[] = [];
  const sleep = (ms: number): Promise<void> => {
    waits.push(ms);
    return new Promise((resolve) => setTimeout(resolve, ms / 10));
  };
  expect(await put(disk, service, { credentials, clock: { now: Date.now, sleep } })).toMatchObject({ sent: 45 });
  expect(waits.length).toBeGreaterThan(0);
});

test("sessions shorter than a minute are used for half of what they live, not renewed with each block", async () => {
  const [disk, service] = [await makeDisk(), await EbsService.start()];
  let asked = 0;
  const credentials: WriterOptions["credentials"] = () => {
    asked += 1;
    return Promise.resolve({ ...KEYS, expiresAt: new Date(Date.now() + 40_000).toISOString() });
  };
  await put(disk, service, { credentials });
  expect(asked).toBe(1);
});

test("after a stop the next run sends what is missing and nothing twice", async () => {
  const [disk, service, folder] = [await makeDisk(), await EbsService.start(), await temporaryFolder()];
  const stop = new AbortController();
  service.delayMs = 3;
  service.fault = (tried) => {
    if (tried === 30) stop.abort(new Error("stopped by the test"));
    return undefined;
  };
  await expect(put(disk, service, { folder, signal: stop.signal })).rejects.toThrow("stopped by the test");
  // A record that was half written when the machine was killed.
  const journal = await open(join(folder, "ebs.blocks"), "a");
  await journal.write(Buffer.alloc(7, 1));
  await journal.close();
  const known = (await readFile(join(folder, "ebs.blocks"))).length;
  const before = Math.floor(known / 36);
  expect(before).toBeGreaterThan(0);

  service.fault = () => undefined;
  const again = await put(disk, service, { folder });
  expect(again).toEqual({ ...expected(service), changedBlocks: 45, sent: 45 - before });
  expect(await put(disk, service, { folder })).toMatchObject({ changedBlocks: 45, sent: 0 });
  expect(service.volume(disk.size).equals(await readFile(disk.path))).toBe(true);
});

test("another disk in a snapshot that has blocks already leaves nothing of the first", async () => {
  const [first, second] = [await makeDisk(), await makeDisk()];
  const [service, folder] = [await EbsService.start(), await temporaryFolder()];
  await put(first, service, { folder });
  const smaller = { ...second, extents: second.extents.slice(0, 1), size: 4096 };
  expect(await put(smaller, service, { folder, diskName: "two" })).toMatchObject({ changedBlocks: VOLUME });
  const content = (await readFile(second.path)).subarray(0, 4096);
  const volume = service.volume(60 * MIB);
  expect(volume.subarray(0, 4096).equals(content)).toBe(true);
  expect(volume.subarray(4096).every((byte) => byte === 0)).toBe(true);
});

test("many are on the way at once, and never more than 64", async () => {
  const path = join(await temporaryFolder(), "disk.raw");
  const size = 50 * MIB;
  const file = await open(path, "w");
  await file.write(randomBytes(size), 0, size, 0);
  await file.close();
  const service = await EbsService.start();
  service.delayMs = 1000;
  await put({ path, size, extents: [{ start: 0, length: size }] }, service);
  expect(service.mostAtOnce).toBeGreaterThan(50);
  expect(service.mostAtOnce).toBeLessThanOrEqual(64);
});
