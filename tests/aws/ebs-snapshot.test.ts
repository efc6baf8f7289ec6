/** EbsSnapshot against the emulator: what a user of `new EbsSnapshot(...)` gets, whatever goes wrong meanwhile. */
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { expect, onTestFinished, test, vi } from "vitest";
import { awsClients } from "../../infra/aws/provider/clients";
import { decode } from "../../provider/codec";
import { realWait } from "../../provider/wait";
import { ebsSnapshotHandler } from "../../infra/aws/provider/ebs-snapshot/handler";
import { type OpenSnapshots, openSnapshots } from "../../infra/aws/provider/ebs-snapshots";
import { fakeCall } from "../../provider/fake-store";
import { type Call, Interrupt, PartialFailure, type ResourceHandler } from "../../provider/handler";
import { run } from "../../provider/process";
import { makeDisk, temporaryFolder, type TestDisk } from "./support/disk";
import { readVolume, REGION, snapshotIds, useEmulator } from "./support/emulator";

const URN = "urn:pulumi:dev::p::builders:index:EbsSnapshot::disk";
const emulator = useEmulator();
/** Waits a tenth of what AWS needs. */
const wait = { ...realWait, sleep: (ms: number, signal: AbortSignal) => realWait.sleep(ms / 10, signal) };

async function makeHandler(open: OpenSnapshots = openSnapshots(awsClients())): Promise<ResourceHandler> {
  return ebsSnapshotHandler({ openSnapshots: open, run, wait, cache: await temporaryFolder() });
}

async function create(inputs: object, handler?: ResourceHandler, call: Call = fakeCall(URN)) {
  return (handler ?? (await makeHandler())).create(decode({ region: REGION, ...inputs }), call);
}

async function isTheDisk(snapshotId: string, disk: TestDisk): Promise<boolean> {
  return (await readVolume(snapshotId, disk.size)).equals(await readFile(disk.path));
}

const sha256 = async (path: string) =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");

test("a sparse file becomes a snapshot that reads back the same, with its tags; deleting it twice is fine", async () => {
  const disk = await makeDisk();
  const handler = await makeHandler();
  const tags = { Name: "disk", CoprPurpose: "builder" };
  const { id, outs } = await create({ source: { file: disk.path }, tags, sha256: await sha256(disk.path) }, handler);
  expect(outs).toMatchObject({ snapshotId: id, volumeGib: 1, encrypted: false, changedBlocks: disk.blocks });
  expect(await isTheDisk(id, disk)).toBe(true);
  expect(await openSnapshots(awsClients())(REGION).find(id)).toMatchObject({ state: "completed", tags });

  expect(await handler.read(id, decode(outs), fakeCall(URN))).toMatchObject({ snapshotId: id });
  await handler.delete(id, decode(outs), fakeCall(URN));
  await handler.delete(id, decode(outs), fakeCall(URN));
  expect(await handler.read(id, decode(outs), fakeCall(URN))).toBeUndefined();
  expect(await snapshotIds()).toEqual([]);
});

test("5 % of puts refused, throttled and cut at 40 %: one right snapshot", async () => {
  const disk = await makeDisk(60);
  await emulator().faults(
    { action: "PutSnapshotBlock", rate: 0.05, status: 503 },
    { action: "PutSnapshotBlock", rate: 0.05, code: "ThrottlingException" },
    { action: "PutSnapshotBlock", times: 3, after: 40, cutAtFraction: 0.4 },
  );
  const { id } = await create({ source: { file: disk.path } });
  const { calls, snapshots } = await emulator().stats();
  expect(calls["ebs:PutSnapshotBlock"]?.failed).toBeGreaterThan(5);
  expect(snapshots[id]).toMatchObject({ blocks: disk.blocks, puts: disk.blocks, status: "completed" });
  expect(await isTheDisk(id, disk)).toBe(true);
});

test("sessions of credential_process that end again and again before their time: one right snapshot", async () => {
  const disk = await makeDisk(60);
  const folder = await temporaryFolder();
  const sts = await awsClients().sts(REGION);
  const role = { RoleArn: "arn:aws:iam::123456789012:role/builder", RoleSessionName: "me" };
  for (let number = 1; number <= 20; number += 1) {
    const { Credentials } = await sts.send(new AssumeRoleCommand(role));
    await writeFile(join(folder, String(number)), JSON.stringify({ Version: 1, ...Credentials }));
  }
  const give = join(folder, "give");
  await writeFile(give, `printf x >>${folder}/given\ncat "${folder}/$(wc -c <${folder}/given | tr -d ' ')"\n`);
  await writeFile(join(folder, "config"), `[default]\ncredential_process = sh ${give}\n`);
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]) vi.stubEnv(name, undefined);
  vi.stubEnv("AWS_CONFIG_FILE", join(folder, "config"));
  onTestFinished(() => void vi.unstubAllEnvs());
  await emulator().faults({ expireAfterUses: 25 });
  const { id } = await create({ source: { file: disk.path } });
  expect((await readFile(join(folder, "given"))).length).toBeGreaterThan(3);
  expect((await emulator().stats()).snapshots[id]).toMatchObject({ blocks: disk.blocks, status: "completed" });
});

test("killed midway and run again: the same snapshot, and no block twice", { timeout: 90_000 }, async () => {
  const disk = await makeDisk(60);
  const cache = await temporaryFolder();
  const inputs = { region: REGION, source: { file: disk.path } };
  const script = join(__dirname, "support/create-snapshot.ts");
  const args = ["--import", "tsx", script, cache, URN, JSON.stringify(inputs)];
  const first = spawn(process.execPath, args, { env: process.env, stdio: "inherit" });
  onTestFinished(() => void first.kill("SIGKILL"));
  const ended = new Promise((resolve) => first.once("exit", resolve));
  for (const until = Date.now() + 30_000; ;) {
    const [snapshot] = Object.values((await emulator().stats()).snapshots);
    if ((snapshot?.puts ?? 0) >= 30) break;
    if (Date.now() > until) expect.fail("no blocks after 30 s");
    await setTimeout(20);
  }
  first.kill("SIGKILL");
  await ended;
  const [half] = Object.values((await emulator().stats()).snapshots);
  expect(half?.blocks).toBeLessThan(disk.blocks);

  const again = execFileSync(process.execPath, args, { encoding: "utf8" });
  const { id } = JSON.parse(again) as { id: string };
  expect(await snapshotIds()).toEqual([id]);
  expect(await isTheDisk(id, disk)).toBe(true);
  const { puts = 0 } = (await emulator().stats()).snapshots[id] ?? {};
  // Those that were on the way when it was killed may be there without its knowledge.
  expect(puts).toBeLessThanOrEqual(disk.blocks + 64);
  expect(puts).toBeLessThan((half?.puts ?? 0) + disk.blocks);
});

test("an URL with zstd, whose connection breaks once, and one without: both are the disk", async () => {
  const disk = await makeDisk();
  execFileSync("zstd", ["-q", "-1", disk.path, "-o", `${disk.path}.zst`]);
  const { url, ranges } = await serve(`${disk.path}.zst`, 2_000_000);
  const packed = await create({
    source: { url: `${url}?X-Signature=1`, compression: "zstd" },
    volumeGib: 1,
    skip: "zeros",
  });
  expect(await isTheDisk(packed.id, disk)).toBe(true);
  expect(packed.outs.changedBlocks).toBe(disk.blocks);
  expect(ranges.length).toBe(3);
  const plain = await serve(disk.path);
  const { id, outs } = await create({ source: { url: plain.url }, sha256: await sha256(disk.path) });
  // A stream has no holes: what may have been written as zeros is written.
  expect(outs.changedBlocks).toBe(Math.ceil(disk.size / 524_288));
  expect(await isTheDisk(id, disk)).toBe(true);
});

test("another checksum, a disk too large, an URL that is gone: an error that says so, and no snapshot left", async () => {
  const disk = await makeDisk(2);
  const file = { source: { file: disk.path } };
  await expect(create({ ...file, sha256: "0".repeat(64) })).rejects.toThrow(/the disk's sha256 is .* says 0000/);
  const { url } = await serve(disk.path);
  await expect(create({ source: { url: `${url}/gone?X-Signature=secret` } })).rejects.toThrow(
    /disk\/gone answered 404$/,
  );
  await expect(create({ source: { file: "/no/such/disk" } })).rejects.toThrow(/"\/no\/such\/disk" can't be read/);
  const { path } = await makeDisk(1);
  execFileSync("truncate", ["-s", "1025M", path]);
  await expect(create({ source: { file: path }, volumeGib: 1 })).rejects.toThrow(
    /volumeGib is 1, but the disk needs 2/,
  );
  await writeFile(`${path}.zst`, "this is no zstd");
  const bad = await serve(`${path}.zst`);
  const broken = create({ source: { url: bad.url, compression: "zstd" }, volumeGib: 1 });
  await expect(broken).rejects.toThrow(/not a whole zstd stream/);
  expect(await snapshotIds()).toEqual([]);
});

test("cancelled: the snapshot is deleted; with the engine gone it is kept for the next run", async () => {
  const disk = await makeDisk(60);
  const handler = await makeHandler();
  const stopped = async (why: "cancelled" | "engine gone"): Promise<void> => {
    const stop = new AbortController();
    const gone = new AbortController();
    const call = { ...fakeCall(URN), stop: stop.signal, gone: gone.signal };
    const creating = create({ source: { file: disk.path } }, handler, call);
    creating.catch(() => undefined);
    while (!Object.values((await emulator().stats()).snapshots).some(({ puts }) => puts > 5));
    const reason = new Interrupt(why, why);
    if (why === "engine gone") gone.abort(reason);
    stop.abort(reason);
    await expect(creating).rejects.toThrow(why);
  };
  await stopped("cancelled");
  expect(await snapshotIds()).toEqual([]);
  await emulator().reset();
  await stopped("engine gone");
  const [kept] = await snapshotIds();
  expect((await create({ source: { file: disk.path } }, handler)).id).toBe(kept);
});

test("a snapshot that can't be completed is in the state with its id, and the next update finishes it", async () => {
  const disk = await makeDisk(2);
  const handler = await makeHandler();
  await emulator().faults({ action: "CompleteSnapshot", times: 20, status: 400, code: "ValidationException" });
  const failed = await create({ source: { file: disk.path } }, handler).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(PartialFailure);
  const { id, properties } = failed as PartialFailure;
  expect(await snapshotIds()).toEqual([id]);
  await emulator().clearFaults();
  const news = { region: REGION, source: { file: disk.path } };
  expect(handler.diff(properties, news)).toEqual({ changes: true, replaces: [] });
  const outs = await handler.update(id, decode(properties), decode(news), fakeCall(URN));
  expect(outs).toMatchObject({ finished: true });
  expect(await isTheDisk(id, disk)).toBe(true);
  expect(handler.diff(outs, news)).toEqual({ changes: false, replaces: [] });
});

test("tags change in place; content, size and region replace; a fresh signature is no change", async () => {
  const handler = await makeHandler();
  const disk = await makeDisk(1);
  const news = { region: REGION, source: { file: disk.path }, tags: { a: "1", b: "2" } };
  const { id, outs } = await create(news, handler);
  const retagged = { ...news, tags: { a: "3" } };
  expect(handler.diff(outs, retagged)).toEqual({ changes: true, replaces: [] });
  await handler.update(id, decode(outs), decode(retagged), fakeCall(URN));
  const { "copr-builders-begun": _, ...tags } = (await openSnapshots(awsClients())(REGION).find(id))?.tags ?? {};
  expect(tags).toEqual({ a: "3" });
  expect(handler.diff(outs, { ...news, volumeGib: 2, region: "eu-west-1" }).replaces).toEqual(["region", "volumeGib"]);
  expect(handler.diff(outs, { ...news, sha256: "0".repeat(64) }).replaces).toEqual(["sha256"]);
  const url = { ...outs, source: { url: "http://host/disk?X=1" } };
  expect(handler.diff(url, { ...news, source: { url: "http://host/disk?X=2" } }).changes).toBe(false);
  expect(handler.diff(url, { ...news, source: { url: "http://host/other?X=1" } }).replaces).toEqual(["source"]);
});

const OURS = { "copr-builders-owner": "abcdefgh2345", "build-key": "ab".repeat(32) };

/** A snapshot as a worker leaves it: begun with these tags, none of its blocks put. */
async function begun(tags: Record<string, string> = OURS): Promise<string> {
  const start = { volumeGib: 1, token: String(Math.random()), tags, timeoutMinutes: 180 };
  return (await openSnapshots(awsClients())(REGION).start(start)).snapshotId;
}

test(
  "what a worker put that was given up, deleted or is not ours is made from the store",
  { timeout: 60_000 },
  async () => {
    const disk = await makeDisk(1);
    const { url } = await serve(disk.path);
    const otherwise = { url: `${url}?X-Signature=1` };
    const blocks = (snapshotId: string) => ({ snapshotId, changedBlocks: 1, checksum: "AAAA" });
    const snapshots = openSnapshots(awsClients())(REGION);

    const givenUp = await begun();
    await emulator().passMinutes(181);
    const deleted = await begun();
    await snapshots.delete(deleted);
    const foreign = await begun({ ...OURS, "copr-builders-owner": "zbcdefgh2345" });
    // Its record says one block, and there is none.
    const wrong = await begun();
    const made: string[] = [];
    for (const [snapshotId, why] of [
      [givenUp, "was given up by AWS"],
      [deleted, "is not there any more"],
      [foreign, "is not ours"],
      [wrong, "is lost: can't complete"],
    ] as const) {
      const call = fakeCall(URN);
      const inputs = { source: { blocks: blocks(snapshotId), otherwise }, tags: OURS, skip: "zeros" };
      const handler = await makeHandler();
      const { id, outs } = await create(inputs, handler, call);
      expect(call.said.join("\n")).toContain(`snapshot ${snapshotId} in ${REGION} ${why}`);
      expect(await isTheDisk(id, disk)).toBe(true);
      // Signed anew in the next run, it is the same; lost later, it is made again once.
      const next = { source: { blocks: blocks(snapshotId), otherwise: { url: `${url}?X-Signature=2` } }, tags: OURS };
      expect(handler.diff(outs, { region: REGION, ...next })).toEqual({ changes: false, replaces: [] });
      const again = { region: REGION, ...next, again: "1" };
      expect(handler.diff(outs, again)).toEqual({ changes: true, replaces: ["again"] });
      expect(handler.diff({ ...outs, again: "1" }, { region: REGION, ...next }).changes).toBe(false);
      made.push(id);
    }
    expect((await snapshotIds()).sort()).toEqual([...made, foreign].sort());
    await expect(create({ source: { blocks: blocks(deleted) }, tags: OURS })).rejects.toThrow("is not there any more");
  },
);

test("a snapshot that another stack has taken over is left to it", async () => {
  const disk = await makeDisk(1);
  const handler = await makeHandler();
  const { id, outs } = await create({ source: { file: disk.path }, tags: OURS }, handler);
  await openSnapshots(awsClients())(REGION).tag(id, { "copr-builders-owner": "zbcdefgh2345" }, []);
  const call = fakeCall(URN);
  await handler.delete(id, decode(outs), call);
  expect(call.said).toEqual([`snapshot ${id} in ${REGION} is left alone: it belongs to zbcdefgh2345 now`]);
  expect(await snapshotIds()).toEqual([id]);
});

test("inputs are checked all at once", async () => {
  const { check } = await makeHandler();
  const wrong = {
    region: "mars",
    source: { file: "a", url: "http://b" },
    sha256: "x",
    volumeGib: 0,
    timeoutMinutes: 5,
  };
  const found = check(decode(wrong)).map(({ property }) => property);
  expect(found.sort()).toEqual(["region", "sha256", "source", "timeoutMinutes", "volumeGib"]);
  const zstd = { region: REGION, source: { url: "http://host/x", compression: "zstd" } };
  expect(check(decode(zstd))).toEqual([{ property: "volumeGib", reason: expect.stringContaining("needed") as string }]);
});

test("an encrypted snapshot has every block of its volume", async () => {
  const disk = await makeDisk(1);
  const { outs } = await create({ source: { file: disk.path }, encrypted: true });
  expect(outs).toMatchObject({ encrypted: true, changedBlocks: 2048 });
});

/** Serves a file with ranges; the first full answer ends after so many bytes. */
async function serve(path: string, cutAfter?: number): Promise<{ url: string; ranges: string[] }> {
  const ranges: string[] = [];
  let cut = cutAfter;
  const { size } = await stat(path);
  const server = createServer((request, response) => {
    if (!/^\/disk(\?|$)/.test(request.url ?? "")) {
      response.writeHead(404).end();
      return;
    }
    const { range = "" } = request.headers;
    ranges.push(range);
    const [, first = "0", last = ""] = /bytes=(\d+)-(\d*)/.exec(range) ?? [];
    const start = Number(first);
    const end = last === "" ? size - 1 : Number(last);
    response.writeHead(206, {
      ...{ "content-range": `bytes ${start}-${end}/${size}`, "content-length": end - start + 1, etag: '"one"' },
    });
    const stream = createReadStream(path, { start, end });
    if (cut !== undefined && last === "") {
      const limit = cut;
      cut = undefined;
      let sent = 0;
      stream.on("data", (chunk) => ((sent += chunk.length) > limit ? request.socket.destroy() : undefined));
    }
    stream.pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/disk`, ranges };
}

test("a snapshot that reads do not know yet is waited for, and is the same", async () => {
  const disk = await makeDisk();
  await emulator().unseenReads(4);
  const { id, outs } = await create({ source: { file: disk.path } });
  expect(outs).toMatchObject({ snapshotId: id, changedBlocks: disk.blocks });
  expect(await isTheDisk(id, disk)).toBe(true);
  expect(await snapshotIds()).toEqual([id]);
});
