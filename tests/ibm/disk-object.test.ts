/** The disk in Cloud Object Storage: made from the store by the real programs, into a real S3 server. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { bucketsOf } from "../../infra/ibm/provider/buckets";
import { cosBucket, diskObject } from "../../infra/ibm/provider/cos";
import { ibmDiskObjectHandler } from "../../infra/ibm/provider/disk-object/handler";
import { decode } from "../../provider/codec";
import { fakeCall } from "../../provider/fake-store";
import { openBucket } from "../../provider/object-store-parts";
import { openStore } from "../../provider/object-store";
import { run } from "../../provider/process";
import { startS3, type S3 } from "./support/s3";

const IDENTITY = "abcdefgh2345";
const LOCATION = "jp-tok";
const MIB = 2 ** 20;

let s3: S3;
let cache: string;
let number = 0;
beforeAll(async () => {
  s3 = await startS3(LOCATION, "store", "images");
});
afterAll(() => s3.stop());
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "cache-"));
  number += 1;
});

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const call = () => fakeCall("urn:pulumi:s::p::builders:index:IbmDiskObject::d");
const bucket = () => openBucket(cosBucket({ location: LOCATION, bucket: "images" }, s3.environment));
const handler = () => ibmDiskObjectHandler({ run, openStore, cache, open: bucketsOf(s3.environment) });

/** A disk with data at both ends and a hole between, packed into the store. */
function build(fill = number) {
  const raw = Buffer.alloc(20 * MIB);
  raw.fill(fill, 0, MIB);
  raw.write("the end", raw.length - 10);
  const key = sha256(Buffer.from(`build ${number}`));
  const object = `disks/${IDENTITY}/${key}.raw.zst`;
  const path = join(s3.folder, "store", object);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, execFileSync("zstd", ["-q", "-c"], { input: raw, maxBuffer: 64 * MIB }));
  const inputs = {
    ...{ location: LOCATION, bucket: "images", object: diskObject(IDENTITY, key) },
    source: { store: s3.store, object },
    ...{ sha256: sha256(raw), sizeBytes: raw.length, key, identity: IDENTITY },
  };
  return { raw, inputs, file: join(s3.folder, "images", inputs.object) };
}

test("is a compressed qcow2 file of the same bytes, with whose it is and both sums; nothing is left on this machine", async () => {
  const { raw, inputs, file } = build();
  const { id, outs } = await handler().create(decode(inputs), call());
  expect(id).toBe(`cos://jp-tok/images/${inputs.object}`);
  const back = join(cache, "back.raw");
  execFileSync("qemu-img", ["convert", "-f", "qcow2", "-O", "raw", file, back]);
  expect(sha256(readFileSync(back))).toBe(sha256(raw));
  const bytes = readFileSync(file);
  expect(bytes.length).toBeLessThan(MIB);
  expect(outs).toMatchObject({ fileSha256: sha256(bytes), fileBytes: bytes.length });
  expect((await bucket().head(inputs.object))?.marks).toMatchObject({
    "copr-builders-owner": IDENTITY,
    "disk-sha256": inputs.sha256,
    "file-sha256": sha256(bytes),
  });
  expect(readdirSync(join(cache, "copr-builders", "ibm"))).toEqual([]);
});

test("one that is there with this disk is taken over, and its bytes are not sent again", async () => {
  const { inputs } = build();
  const first = await handler().create(decode(inputs), call());
  const again = ibmDiskObjectHandler({
    ...{ openStore, cache, open: bucketsOf(s3.environment) },
    run: () => Promise.reject(new Error("nothing is converted")),
  });
  expect(await again.create(decode(inputs), call())).toEqual(first);
  expect(await again.read(first.id, decode(first.outs), call())).toEqual(first.outs);
});

test("one of another disk is replaced where it is ours, and refused where it is somebody's", async () => {
  const { inputs, file } = build(1);
  await handler().create(decode(inputs), call());
  const other = build(2);
  expect(other.inputs.object).toBe(inputs.object);
  const { outs } = await handler().create(decode(other.inputs), call());
  expect(outs).toMatchObject({ sha256: other.inputs.sha256 });
  // As the engine ends the one that was replaced.
  await handler().delete("id", decode({ ...inputs, fileSha256: "0".repeat(64), fileBytes: 1 }), call());
  expect(existsSync(file)).toBe(true);
  const stranger = { ...other.inputs, identity: "zzzzzzzz2345" };
  await expect(handler().create(decode(stranger), call())).rejects.toThrow(
    `of the stack with the identity ${IDENTITY}; move it away`,
  );
  const before = readFileSync(other.file);
  const made = call();
  await handler().delete("id", decode({ ...stranger, ...outs, identity: "zzzzzzzz2345" }), made);
  expect(made.said.join()).toContain("is left alone: it belongs to abcdefgh2345 now");
  expect(readFileSync(other.file).equals(before)).toBe(true);
});

test("a store that has another disk than the record says makes nothing", async () => {
  const { inputs, file } = build();
  const wrong = { ...inputs, sha256: "0".repeat(64) };
  await expect(handler().create(decode(wrong), call())).rejects.toThrow(
    `has the sha256 ${inputs.sha256}, not ${"0".repeat(64)}`,
  );
  await expect(handler().create(decode({ ...inputs, sizeBytes: 21 * MIB }), call())).rejects.toThrow(
    "has 20971520 bytes, not 22020096",
  );
  expect(existsSync(file)).toBe(false);
});

test("goes with its resource; what is gone is deleted, and read as gone", async () => {
  const { inputs, file } = build();
  const { id, outs } = await handler().create(decode(inputs), call());
  await handler().delete(id, decode(outs), call());
  expect(existsSync(file)).toBe(false);
  expect(await handler().read(id, decode(outs), call())).toBeUndefined();
  await handler().delete(id, decode(outs), call());
});

test("is looked at again where it is lost, and made anew", async () => {
  const { inputs, file } = build();
  const { id, outs } = await handler().create(decode(inputs), call());
  await bucket().delete(inputs.object);
  const news = { ...inputs, again: "g2" };
  expect(handler().diff(outs, news)).toEqual({ changes: true, replaces: [] });
  expect(handler().diff({ ...outs, again: "g2" }, inputs)).toEqual({ changes: false, replaces: [] });
  expect(handler().diff(outs, { ...inputs, sha256: "0".repeat(64) }).replaces).toEqual(["sha256"]);
  await handler().update(id, decode(outs), decode(news), call());
  expect(existsSync(file)).toBe(true);
});

test("a bucket that is not there, and keys that are not good, are said with the server's words", async () => {
  const { inputs } = build();
  await expect(handler().create(decode({ ...inputs, bucket: "nowhere" }), call())).rejects.toThrow(
    /in bucket nowhere at http:\/\/127\.0\.0\.1:\d+: 404 NoSuchBucket/,
  );
  expect(() => cosBucket({ location: LOCATION, bucket: "b" }, { COS_CREDENTIALS_FILE: "/nowhere" })).toThrow(
    "/nowhere can't be read: make a service credential of Cloud Object Storage with HMAC keys",
  );
  const file = join(cache, "bad");
  writeFileSync(file, '{"apikey": "very-secret"');
  const bad = () => cosBucket({ location: LOCATION, bucket: "b" }, { COS_CREDENTIALS_FILE: file });
  expect(bad).toThrow("has no cos_hmac_keys");
  expect(bad).not.toThrow(/very-secret/);
});

test("a try that was cut off leaves no parts behind, and no object", async () => {
  const { inputs, file } = build();
  const stopping = new AbortController();
  const stopped = { ...call(), stop: stopping.signal };
  const sending = ibmDiskObjectHandler({
    ...{ run, openStore, cache },
    open: (of) => {
      const opened = bucketsOf(s3.environment)(of);
      return {
        ...opened,
        sendFile: (object, sent) => {
          stopping.abort(new Error("stopped"));
          return opened.sendFile(object, sent);
        },
      };
    },
  });
  await expect(sending.create(decode(inputs), stopped)).rejects.toThrow("stopped");
  expect(existsSync(file)).toBe(false);
  expect(readdirSync(join(cache, "copr-builders", "ibm"))).toEqual([]);
  await handler().create(decode(inputs), call());
  expect(await bucket().uploads("disks/")).toEqual([]);
});

test("a part that fails twice is sent a third time, and a part that always fails leaves nothing behind", async () => {
  const file = join(cache, "large");
  writeFileSync(file, Buffer.alloc(33 * MIB, Buffer.from("not all the same ")));
  const stop = new AbortController().signal;
  const sending = { file, marks: {}, stop, onProgress: () => undefined };
  let left = 2;
  let refused = 0;
  let others: Promise<string> | undefined;
  const proxy = createServer((asked, answer) => {
    const isPart = asked.method === "PUT" && /partNumber=2\b/.test(asked.url ?? "");
    if (isPart && left > 0) {
      left -= 1;
      refused += 1;
      if (left === Number.POSITIVE_INFINITY) others ??= bucket().begin("parts.qcow2", {});
      asked.resume().on("end", () => answer.writeHead(503).end());
      return;
    }
    const onward = request(s3.endpoint, { method: asked.method, path: asked.url, headers: asked.headers }, (from) => {
      answer.writeHead(from.statusCode ?? 502, from.headers);
      from.pipe(answer);
    });
    asked.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const through = openBucket({ ...cosBucket({ location: LOCATION, bucket: "images" }, s3.environment), endpoint });
  await through.sendFile("parts.qcow2", sending);
  expect([refused, sha256(readFileSync(join(s3.folder, "images", "parts.qcow2")))]).toEqual([
    2,
    sha256(readFileSync(file)),
  ]);
  await bucket().delete("parts.qcow2");
  left = Number.POSITIVE_INFINITY;
  await expect(through.sendFile("parts.qcow2", sending)).rejects.toThrow(
    /can't put parts\.qcow2 in bucket images at .*503/,
  );
  // What another run has begun meanwhile is not ours to give up.
  const theirs = { object: "parts.qcow2", uploadId: await others };
  expect([await bucket().uploads("parts"), await bucket().head("parts.qcow2")]).toEqual([[theirs], undefined]);
  await bucket().abortAll("parts.qcow2");
  expect(await bucket().uploads("parts")).toEqual([]);
  proxy.closeAllConnections();
  proxy.close();
});

test("a file of several parts arrives as it was", async () => {
  const file = join(cache, "large");
  const bytes = Buffer.alloc(70 * MIB, Buffer.from("not all the same "));
  writeFileSync(file, bytes);
  const sent: number[] = [];
  const stop = new AbortController().signal;
  await bucket().sendFile("large.qcow2", { file, marks: { a: "b" }, stop, onProgress: (at) => sent.push(at) });
  expect(sha256(readFileSync(join(s3.folder, "images", "large.qcow2")))).toBe(sha256(bytes));
  expect(sent).toHaveLength(3);
  expect(sent.at(-1)).toBe(bytes.length);
  const etag = expect.stringMatching(/^[0-9a-f]{32}-3$/) as string;
  expect(await bucket().head("large.qcow2")).toEqual({ sizeBytes: bytes.length, etag, marks: { a: "b" } });
  expect((await bucket().list("large")).map(({ object }) => object)).toEqual(["large.qcow2"]);
  await bucket().delete("large.qcow2");
});
