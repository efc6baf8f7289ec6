/** The disk put whole to receivers of their own kind: the real agent, curl and qemu-img, over loopback. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test, vi } from "vitest";
import type { AgentSpec, PutUpload } from "../contract/agent-spec";
import type { Grant } from "../contract/grants";
import { presigned } from "../contract/testing/agent-spec";
import { Place, until, writings } from "./testing/place";

// Each starts several processes of node.
vi.setConfig({ testTimeout: 60_000 });

const TOKEN = "the-token-that-nobody-may-see";
const MIB = 1024 * 1024;
const PART = 5 * MIB;

/**
 * What it does with a request: answers so, breaks the connection after the body or amid it, or takes the body and then answers
 * nothing, or as a proxy does that waits no longer, or says as S3 does that the bytes came too slowly. `none`:
 * nothing is amiss.
 */
type Behaviour = number | "lost" | "late" | "cut" | "broken" | "slow" | "none";

/** Takes bodies as images APIs and multipart uploads do: whole, with the token that counts now. */
class Receiver {
  readonly bodies = new Map<string, Buffer>();
  readonly seen: string[] = [];
  readonly next: Behaviour[] = [];
  token = `${TOKEN}-1`;

  private constructor(readonly url: string) {}

  static async start(): Promise<Receiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const receiver = new Receiver(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on("request", (request, response) => {
      const path = request.url ?? "";
      receiver.seen.push(path);
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        if (receiver.next[0] === "broken") request.socket.resetAndDestroy();
      });
      request.on("close", () => {
        if (!request.complete) receiver.next.shift();
      });
      request.on("error", () => undefined);
      request.on("end", () => {
        const behaviour = receiver.next.shift();
        if (behaviour === "cut") request.socket.destroy();
        else if (behaviour === "slow") response.writeHead(400).end("<Error><Code>RequestTimeout</Code></Error>");
        else if (typeof behaviour === "number") response.writeHead(behaviour).end();
        else if (request.headers["x-auth-token"] !== receiver.token) response.writeHead(401).end();
        else if (request.headers["content-type"] !== "application/octet-stream") response.writeHead(415).end();
        else if (receiver.bodies.has(path)) response.writeHead(409).end();
        else {
          receiver.bodies.set(path, Buffer.concat(chunks));
          if (behaviour === "lost") request.socket.destroy();
          else if (behaviour === "late") response.writeHead(504).end("<html>Gateway Time-out</html>");
          else response.writeHead(204).end();
        }
      });
    });
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return receiver;
  }
}

/** `agent feed` for one upload, and who answers it: the n-th time with the token n. */
function feed(place: Place, receiver: Receiver, upload: string, deniedFrom = Infinity) {
  const env = { ...process.env, AGENT_TEST_ROOT: place.root };
  const child: ChildProcess = spawn(process.execPath, [place.path("agent.js"), "feed", place.folder, upload], { env });
  const wishes: unknown[] = [];
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const { stdout, stdin, stderr } = child;
  if (stdout === null || stdin === null || stderr === null) throw new Error("no pipes");
  for (const stream of [stdout, stderr]) stream.on("data", (data: Buffer) => place.said.push(data.toString()));
  createInterface({ input: stdout }).on("line", (line) => {
    const wish = JSON.parse(line.replace(/^want /, "")) as { requests: number };
    wishes.push(wish);
    const urls = Array.from({ length: wish.requests }, (_, part) => `${receiver.url}/${upload}/${part}`);
    const headers = { "X-Auth-Token": `${TOKEN}-${wishes.length}` };
    const grant: Grant = { id: String(wishes.length), urls, headers };
    const answer = wishes.length >= deniedFrom ? { denied: "the cloud gives no more tokens" } : grant;
    stdin.write(`${JSON.stringify(answer)}\n`);
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return { wishes, ended };
}

const raw: PutUpload = { format: "put", name: "cloud", encoding: "raw", receiver: "image-1" };

async function makePlace(...uploads: readonly PutUpload[]): Promise<Place> {
  const place = await Place.make();
  const object = "disks/local/x.raw.zst";
  const archive = { format: "raw.zst", object, url: presigned(place.store.url, object) } as const;
  await place.writeSpec({ uploads: [archive, ...uploads] });
  return place;
}

/** The archive in the store, unpacked: what every receiver has to have. */
function diskOf(place: Place): Buffer {
  const stored = place.store.objects.get("builders/disks/local/x.raw.zst") ?? Buffer.alloc(0);
  return execFileSync("zstd", ["-dc"], { input: stored, maxBuffer: 2 ** 30 });
}

const hash = (name: string, body: Buffer): string => createHash(name).update(body).digest("hex");

test("the raw disk arrives whole, its sums are in the record; the grant is asked for, is gone and was seen nowhere", async () => {
  const receiver = await Receiver.start();
  const place = await makePlace(raw);
  const feeder = feed(place, receiver, "cloud");
  await place.hold("build");
  await place.start();
  await until("build", async () => (await place.calls("build --cap-add")) > 0);
  expect(feeder.wishes).toEqual([]);
  await place.release("build");
  expect((await place.follow()).code).toBe(0);
  const disk = diskOf(place);
  expect(receiver.bodies.get("/cloud/0")?.equals(disk)).toBe(true);
  const sums = { md5: hash("md5", disk), sha512: hash("sha512", disk) };
  const body = { encoding: "raw", receiver: "image-1", sizeBytes: disk.length, ...sums };
  expect(place.record().bodies).toEqual({ cloud: body });
  expect(feeder.wishes).toEqual([{ requests: 1 }]);
  expect(await feeder.ended).toBe(0);
  expect(readdirSync(place.folder).filter((name) => name.startsWith("grant"))).toEqual([]);
  expect(await writings(place)).not.toContain(TOKEN);
  expect((await place.start()).out).toBe("done\n");
});

test("qcow2 in parts: put together it is the disk; a part that fails twice is sent a third time, others once", async () => {
  const receiver = await Receiver.start();
  const place = await makePlace({ ...raw, encoding: "qcow2", partBytes: PART });
  const podman = (await readFile(place.path("bin/podman"), "utf8")).replace("head -c 3000000", "head -c 12000000");
  writeFileSync(place.path("bin/podman"), podman);
  const feeder = feed(place, receiver, "cloud");
  receiver.next.push(503, "cut", "none", "slow");
  await place.start();
  expect((await place.follow()).code).toBe(0);
  expect(feeder.wishes).toEqual([{ requests: 3 }]);
  expect(receiver.seen).toEqual(["/cloud/0", "/cloud/0", "/cloud/0", "/cloud/1", "/cloud/1", "/cloud/2"]);
  const parts = [0, 1, 2].map((part) => receiver.bodies.get(`/cloud/${part}`) ?? Buffer.alloc(0));
  expect(parts.slice(0, 2).map(({ length }) => length)).toEqual([PART, PART]);
  const whole = Buffer.concat(parts);
  expect(place.record().bodies?.["cloud"]).toMatchObject({
    ...{ encoding: "qcow2", sizeBytes: whole.length, sha512: hash("sha512", whole), sha256: hash("sha256", whole) },
    // As S3 makes the ETag of what was sent in parts.
    parts: { bytes: PART, md5: hash("md5", Buffer.concat(parts.map((part) => Buffer.from(hash("md5", part), "hex")))) },
  });
  const file = place.path("back.qcow2");
  writeFileSync(file, whole);
  execFileSync("qemu-img", ["convert", "-f", "qcow2", "-O", "raw", file, `${file}.raw`]);
  expect((await readFile(`${file}.raw`)).equals(diskOf(place))).toBe(true);
});

test("a token that ends is asked for again; an answer that was lost is no second body", async () => {
  const receiver = await Receiver.start();
  const place = await makePlace(raw);
  const feeder = feed(place, receiver, "cloud");
  receiver.token = `${TOKEN}-2`;
  receiver.next.push(401, "lost");
  await place.start();
  expect((await place.follow()).code).toBe(0);
  expect(feeder.wishes).toHaveLength(2);
  expect(receiver.seen).toHaveLength(3);
  expect(place.record().bodies?.["cloud"]?.sizeBytes).toBe(receiver.bodies.get("/cloud/0")?.length);
});

test("a connection that breaks amid the disk leaves nothing of it: the next try is the whole disk", async () => {
  const receiver = await Receiver.start();
  const place = await makePlace(raw);
  feed(place, receiver, "cloud");
  receiver.next.push("broken");
  await place.start();
  expect((await place.follow()).code).toBe(0);
  expect(receiver.bodies.get("/cloud/0")?.equals(diskOf(place))).toBe(true);
});

test("a proxy that waits no longer has lost the answer: the disk is there, and is in the record", async () => {
  const receiver = await Receiver.start();
  const place = await makePlace(raw);
  feed(place, receiver, "cloud");
  receiver.next.push("late");
  await place.start();
  expect((await place.follow()).code).toBe(0);
  expect(receiver.seen).toHaveLength(2);
  expect(place.record().bodies?.["cloud"]?.sizeBytes).toBe(receiver.bodies.get("/cloud/0")?.length);
});

test.each([
  ["refuses every grant", [401, 401, 401], "cloud was not sent: cloud: .* answered 401"],
  ["has no room", [413], "cloud was not sent: cloud: .* answered 413"],
])("one that %s holds up nothing: it is named, and not in the record", async (_, behaviours, said) => {
  const receiver = await Receiver.start();
  const other = { ...raw, name: "sky", receiver: "image-2" };
  const place = await makePlace(raw, other);
  const feeders = [feed(place, receiver, "cloud"), feed(place, { ...receiver, url: `${receiver.url}/x` }, "sky")];
  receiver.next.push(...behaviours, ...behaviours);
  await place.start();
  const { code, err } = await place.follow();
  expect(code).toBe(0);
  expect(err).toMatch(new RegExp(`${said}.*; it is made from the store`));
  expect(place.record()).toMatchObject({ bodies: {}, notSent: { cloud: expect.any(String) as string } });
  expect(place.record().objects["raw.zst"]).toBeDefined();
  for (const { ended } of feeders) expect(await ended).toBe(0);
});

test.each([
  ["at once", 1],
  ["when the first ends amid the disk", 2],
])("a cloud that gives no token, %s, is waited for by nobody: why is in the record", async (_, deniedFrom) => {
  const receiver = await Receiver.start();
  const place = await makePlace(raw);
  const feeder = feed(place, receiver, "cloud", deniedFrom);
  receiver.next.push(401);
  await place.start();
  expect((await place.follow()).code).toBe(0);
  expect(place.record().notSent).toEqual({
    cloud: expect.stringMatching(/are not given: the cloud gives no more/) as string,
  });
  expect(receiver.seen).toHaveLength(deniedFrom - 1);
  expect(await feeder.ended).toBe(0);
  expect(readdirSync(place.folder).filter((name) => name.startsWith("grant"))).toEqual([]);
});

test("killed between two parts: the next one sends those that are missing", async () => {
  const receiver = await Receiver.start();
  const place = await makePlace({ ...raw, partBytes: 3 * PART });
  feed(place, receiver, "cloud");
  receiver.next.push(204, ...Array<number>(6).fill(503));
  await place.start();
  await until("the second part", () => receiver.seen.includes("/cloud/1"));
  await place.kill();
  receiver.next.length = 0;
  receiver.seen.length = 0;
  await place.start();
  expect((await place.follow()).code).toBe(0);
  // What the killed agent was sending may have arrived: then it is there, and not sent in vain until nobody tries any more.
  expect(receiver.seen.filter((path) => path === "/cloud/0")).toEqual([]);
  expect([...receiver.bodies.keys()].sort()).toEqual(["/cloud/1", "/cloud/2"]);
  const disk = diskOf(place);
  const sums = [0, 1, 2].map((part) => hash("md5", disk.subarray(part * 3 * PART, (part + 1) * 3 * PART)));
  const md5 = hash("md5", Buffer.from(sums.join(""), "hex"));
  expect(place.record().bodies?.["cloud"]).toMatchObject({ sizeBytes: disk.length, parts: { bytes: 3 * PART, md5 } });
});

test("what is no grant is refused, and not shown", async () => {
  const place = await makePlace(raw);
  const spec = JSON.parse(await readFile(join(place.folder, "spec.json"), "utf8")) as AgentSpec;
  expect(spec.uploads).toHaveLength(2);
  await place.start();
  await until("wanted", () => readdirSync(place.folder).includes("grant-cloud-wanted.json"));
  const env = { ...process.env, AGENT_TEST_ROOT: place.root };
  const given = [
    { id: "1", urls: [], headers: {} },
    { id: "1", urls: [`file:///${TOKEN}`], headers: {} },
    { id: "1", urls: ["http://127.0.0.1:9/"], headers: { "X-Auth-Token": `${TOKEN}\nurl = x` } },
  ];
  for (const grant of given) {
    const answer = await new Promise<string>((resolve) => {
      const child = spawn(process.execPath, [place.path("agent.js"), "feed", place.folder, "cloud"], { env });
      let text = "";
      child.stderr.on("data", (data: Buffer) => (text += data.toString()));
      child.once("exit", (code) => resolve(`${code} ${text}`));
      child.stdin.write(`${JSON.stringify(grant)}\n`);
    });
    expect(answer).toMatch(/^1 what was given is not one line of JSON with id, urls, headers and expiresAt/);
    expect(answer).not.toContain(TOKEN);
  }
});
