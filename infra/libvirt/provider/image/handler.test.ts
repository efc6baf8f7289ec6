/** The scripts for real: sh, curl, zstd, sparse files and an http server; only virsh is a stand-in. */
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { type Server, type ServerResponse, createServer } from "node:http";
import { join } from "node:path";
import { zstdCompress } from "./zstd-for-tests";
import { afterEach, beforeEach, expect, test } from "vitest";
import { decode } from "../../../../provider/codec";
import { fakeCall, fakeStore } from "../../../../provider/fake-store";
import { libvirtImageHandler } from "./handler";
import { type FakeHypervisor, fakeHypervisor } from "./testing/hypervisor";
import { type Task, processWords, script } from "./script";

const MIB = 1024 * 1024;
const NAME = "copr-builder-x86_64-g1-01234567";

const OWNER = { identity: "abcdefgh2345", resource: `${NAME}.libvirt-5f1a03c2d4e6` };
/** What is in the pool's folder when the image is there, and nothing else. */
const VOLUME_AND_MARK = [NAME, `${NAME}.owner`];

let hypervisor: FakeHypervisor;
let images: string;
let server: Server;
let url: string;
/** What the server does with a request. */
let serve: (response: ServerResponse, count: number, range?: string) => void;
let requests: number;
let disk: Buffer;
let packed: Buffer;

beforeEach(async () => {
  hypervisor = fakeHypervisor();
  ({ images } = hypervisor);
  // A disk with a big hole in it and at its end.
  disk = Buffer.alloc(24 * MIB);
  for (let index = 0; index < MIB; index++) disk[index] = (index * 7919) % 251;
  disk.fill("end", 12 * MIB, 12 * MIB + 4096);
  packed = zstdCompress(disk);
  requests = 0;
  serve = (response) => response.end(packed);
  server = createServer(({ headers }, response) => serve(response, (requests += 1), headers.range));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${String((server.address() as { port: number }).port)}/disk?X-Amz-Signature=very-secret`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function inputs(more: object = {}): ReturnType<typeof decode> {
  const sha256 = createHash("sha256").update(disk).digest("hex");
  const object = { object: "disks/k.raw.zst", sizeBytes: packed.length };
  const store = { bucket: "b", region: "r" };
  const base = {
    uri: "qemu:///system",
    pool: "images",
    name: NAME,
    sizeBytes: disk.length,
    sha256,
    object,
    store,
    owner: OWNER,
  };
  return decode({ ...base, ...more });
}

function handler(): ReturnType<typeof libvirtImageHandler> {
  let clock = 0;
  return libvirtImageHandler({
    run: hypervisor.run,
    now: () => (clock += 2500),
    openStore: () => ({ ...fakeStore({}), presignGet: () => Promise.resolve(url) }),
  });
}

const call = (): ReturnType<typeof fakeCall> => fakeCall("urn:pulumi:dev::p::builders:index:LibvirtImage::i");

test("the volume has the disk's bytes and its holes, and nothing else is in the pool", async () => {
  writeFileSync(`${images}.busy`, "");
  const { outs } = await handler().create(inputs(), call());
  expect(readFileSync(join(images, NAME)).equals(disk)).toBe(true);
  expect(statSync(join(images, NAME)).blocks * 512).toBeLessThan(4 * MIB);
  expect(statSync(join(images, NAME)).mode & 0o777).toBe(0o644);
  expect(readdirSync(images)).toEqual(VOLUME_AND_MARK);
  expect(outs).toMatchObject({ volumeName: NAME, capacity: disk.length, seconds: 2.5 });
  expect(outs.allocation).toBe(statSync(join(images, NAME)).blocks * 512);
});

test("a whole volume that is there is taken, without asking the store", async () => {
  writeFileSync(join(images, NAME), disk);
  const { outs } = await handler().create(inputs(), call());
  expect(outs).toMatchObject({ capacity: disk.length });
  expect(requests).toBe(0);
});

test("a volume with other content is not touched, the error says what to do", async () => {
  const other = Buffer.alloc(disk.length, 1);
  writeFileSync(join(images, NAME), other);
  await expect(handler().create(inputs(), call())).rejects.toThrow(
    /is there already with other content.*\n?.*vol-delete/,
  );
  expect(readFileSync(join(images, NAME)).equals(other)).toBe(true);
});

test.each([
  ["a corrupt stream", (): void => void packed.fill(0xff, packed.length >> 1), /can't unpack the disk/],
  [
    "another disk of the same size",
    (): void => void (packed = zstdCompress(Buffer.alloc(disk.length, 3))),
    /has sha256 [0-9a-f]{64} instead of/,
  ],
  [
    "a shorter disk",
    (): void => void (packed = zstdCompress(disk.subarray(0, 20 * MIB))),
    /has 20971520 bytes instead of 25165824/,
  ],
  [
    "what is unpacked to far more than the disk",
    (): void => void (packed = zstdCompress(Buffer.alloc(2 * disk.length, 3))),
    /can't unpack the disk into .*too large/i,
  ],
  [
    "far more bytes than the disk has",
    (): void => void (serve = (response) => void response.writeHead(200, { "content-length": 2 ** 40 }).write(packed)),
    /can't fetch the disk from the store: .*exceeded/i,
  ],
])("%s leaves nothing", async (_what, spoil, message) => {
  const wanted = inputs();
  spoil();
  await expect(handler().create(wanted, call())).rejects.toThrow(message);
  expect(readdirSync(images)).toEqual([]);
});

const third = (): number => Math.floor(packed.length / 3);

test("a connection that is cut, twice, goes on where it stopped", async () => {
  const ranges: (string | undefined)[] = [];
  serve = (response, count, range) => {
    ranges.push(range);
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    const length = packed.length - from;
    const part = { "content-range": `bytes ${from}-${packed.length - 1}/${packed.length}` };
    response.writeHead(range === undefined ? 200 : 206, { "content-length": length, ...(range !== undefined && part) });
    if (count > 2) return void response.end(packed.subarray(from));
    response.write(packed.subarray(from, from + third()), () => response.destroy());
  };
  const said = call();
  await handler().create(inputs(), said);
  expect(ranges).toEqual([undefined, `bytes=${third()}-`, `bytes=${2 * third()}-`]);
  expect(said.said.some((text) => text.includes(`going on after ${third()} bytes`))).toBe(true);
  expect(readFileSync(join(images, NAME)).equals(disk)).toBe(true);
}, 20_000);

test("from a store that sends no parts it is fetched again from the start", async () => {
  serve = (response, count) => {
    if (count > 1) return void response.end(packed);
    response.writeHead(200, { "content-length": packed.length });
    response.write(packed.subarray(0, third()), () => response.destroy());
  };
  const said = call();
  await handler().create(inputs(), said);
  // The second is the one for a part.
  expect(requests).toBe(3);
  expect(said.said.some((text) => text.includes("trying again"))).toBe(true);
  expect(readFileSync(join(images, NAME)).equals(disk)).toBe(true);
}, 20_000);

test("three cuts in a row before a single byte are a failure that says how curl ended", async () => {
  serve = (response) => void response.destroy();
  await expect(handler().create(inputs(), call())).rejects.toThrow(/can't fetch the disk.*curl exit code 52/);
  expect(requests).toBe(3);
  expect(readdirSync(images)).toEqual([]);
}, 20_000);

test("of one hypervisor no more are pulled at once than the settings say, and the rest after them", async () => {
  let [now, most] = [0, 0];
  serve = (response) => {
    most = Math.max(most, (now += 1));
    setTimeout(() => response.end(packed, () => (now -= 1)), 500);
  };
  const one = handler();
  const names = [1, 2, 3].map((number) => `copr-builder-x86_64-g${number}-01234567`);
  await Promise.all(names.map((name) => one.create(inputs({ name, pulls: { perHost: 1 } }), call())));
  expect({ most, requests }).toEqual({ most: 1, requests: 3 });
  expect(readdirSync(images)).toEqual(names.flatMap((name) => [name, `${name}.owner`]));
}, 30_000);

test("a refusal is not tried again, and the URL is in no message", async () => {
  serve = (response) => response.writeHead(403).end("no");
  const error = await handler()
    .create(inputs(), call())
    .then(() => "", String);
  expect(error).toContain("The requested URL returned error: 403");
  expect(error).not.toContain("very-secret");
  expect(requests).toBe(1);
  expect(readdirSync(images)).toEqual([]);
});

test("a pool that is too small is refused before anything is fetched", async () => {
  await expect(handler().create(inputs({ dataBytes: 2 ** 52 }), call())).rejects.toThrow(
    /bytes free in .*, the disk needs 4503599627370496/,
  );
  expect(requests).toBe(0);
});

test("a pool that is none, or of a kind that has no folder", async () => {
  await expect(handler().create(inputs({ pool: "other" }), call())).rejects.toThrow(/no storage pool "other"/);
  writeFileSync(`${images}.type`, "logical");
  await expect(handler().create(inputs(), call())).rejects.toThrow(/of type "logical", which has no folder/);
});

test("killed in the middle, then again: the half volume goes, the old process too", async () => {
  serve = (response, count) => {
    if (count > 1) return void response.end(packed);
    response.writeHead(200, { "content-length": packed.length });
    // And then nothing more.
    response.write(packed.subarray(0, packed.length >> 1));
  };
  const task: Task = {
    kind: "pull",
    pool: "images",
    name: NAME,
    owner: OWNER,
    url,
    sizeBytes: disk.length,
    dataBytes: 0,
    sha256: String(inputs().value.sha256),
    believe: "nothing",
  };
  const start = (): ReturnType<typeof spawn> => {
    const child = spawn("sh", ["-s", ...processWords(task)], {
      env: hypervisor.env,
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
    child.stdin.end(script("qemu:///system", task));
    return child;
  };
  const partials = (): string[] => readdirSync(images).filter((file) => file.includes(".partial."));
  const until = async (there: () => boolean): Promise<void> => {
    for (let count = 0; !there(); count++) {
      if (count > 200) throw new Error("waited 10 s");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  const dead = start();
  await until(() => partials().length === 1);
  process.kill(-(dead.pid ?? 0), "SIGKILL");
  await until(() => dead.signalCode !== null);
  expect(partials()).toHaveLength(1);

  // One more that still runs, as after a cut ssh.
  requests = 0;
  const alive = start();
  await until(() => partials().some((file) => file.endsWith(`.${String(alive.pid)}`)));
  await handler().create(inputs(), call());
  await until(() => alive.exitCode !== null);
  expect(readdirSync(images)).toEqual(VOLUME_AND_MARK);
  expect(readFileSync(join(images, NAME)).equals(disk)).toBe(true);
}, 40_000);

test("cancelled: nothing is left, no process goes on", async () => {
  serve = (response) => {
    response.writeHead(200, { "content-length": packed.length });
    response.write(packed.subarray(0, packed.length >> 1));
  };
  const stop = new AbortController();
  const creating = handler().create(inputs(), { ...call(), stop: stop.signal });
  setTimeout(() => stop.abort(new Error("cancelled")), 1500);
  await expect(creating).rejects.toThrow();
  expect(readdirSync(images)).toEqual([]);
  expect(execFileSync("ps", ["-A", "-o", "args="], { encoding: "utf8" })).not.toContain(images);
}, 20_000);

test("the URL is in no process's arguments", async () => {
  let arguments_ = "";
  serve = (response) => {
    arguments_ = execFileSync("ps", ["-A", "-o", "args="], { encoding: "utf8" });
    response.end(packed);
  };
  await handler().create(inputs(), call());
  expect(arguments_).toContain("curl --fail");
  expect(arguments_).not.toContain("very-secret");
});

test("reading: as it is, or gone; deleting: gone already is fine, but not a pool that is none", async () => {
  const { outs } = await handler().create(inputs(), call());
  const state = decode(outs);
  expect(await handler().read("i", state, call())).toMatchObject({ capacity: disk.length });
  await handler().delete("i", state, call());
  expect(existsSync(join(images, NAME))).toBe(false);
  expect(await handler().read("i", state, call())).toBeUndefined();
  await handler().delete("i", state, call());
  await expect(handler().delete("i", decode({ ...outs, pool: "other" }), call())).rejects.toThrow(
    'no storage pool "other"',
  );
});

test("check: every mistake with its path", () => {
  const failures = handler().check(
    inputs({ uri: "qemu+ssh:///system", pool: "a b", name: "../x", sizeBytes: -1, sha256: "z", owner: {} }),
  );
  expect(failures.map(({ property }) => property)).toEqual([
    "uri",
    "pool",
    "name",
    "sizeBytes",
    "sha256",
    "owner.identity",
    "owner.resource",
  ]);
  expect(failures[0]?.reason).toBe('"qemu+ssh:///system" needs a host name; write qemu+ssh://HOST/system');
});
