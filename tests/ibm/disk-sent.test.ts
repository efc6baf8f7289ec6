/** The disk in Cloud Object Storage, sent there by the worker: the real agent, curl, qemu-img and a real S3 server. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { until } from "../../agent/testing/place";
import { type Buckets, bucketsOf } from "../../infra/ibm/provider/buckets";
import { ibmDiskObjectHandler } from "../../infra/ibm/provider/disk-object/handler";
import { ibmDiskUploadHandler } from "../../infra/ibm/provider/disk-upload/handler";
import { decode } from "../../provider/codec";
import { openStore } from "../../provider/object-store";
import { run } from "../../provider/process";
import {
  asked,
  build,
  call,
  converts,
  COS,
  expectDisk,
  IDENTITY,
  NAME,
  objects,
  open,
  opening,
  PART,
  partOf,
  s3,
  sha256,
  way,
  withBucket,
} from "./support/sending";

// Each starts several processes of node.
vi.setConfig({ testTimeout: 120_000 });
withBucket();

test("is what the agent committed; it is taken as it is, and the keys were nowhere but here", async () => {
  const built = await build();
  const record = await built.work();
  expect(existsSync(built.file)).toBe(false);
  expect(built.wants).toEqual(['want {"requests":3}']);
  const inputs = asked(built, record);
  const { id, outs } = await objects(built).create(decode(inputs), call("IbmDiskObject"));
  await expectDisk(built, record, outs);
  expect(record.bodies?.[NAME]).toMatchObject({ sha256: outs["fileSha256"], sizeBytes: outs["fileBytes"] });
  // The next run, a refresh, and a state that was lost find it as it is.
  expect(objects(built).diff(outs, inputs)).toEqual({ changes: false, replaces: [] });
  expect(await objects(built).read(id, decode(outs), call("IbmDiskObject"))).toEqual(outs);
  expect(await objects(built).create(decode(inputs), call("IbmDiskObject"))).toEqual({ id, outs });
  await objects(built).delete(id, decode(outs), call("IbmDiskObject"));
  expect(existsSync(built.file)).toBe(false);
});

test("a state of before, in which no worker sent it, is unchanged", () => {
  const before = { ...COS, object: "x.qcow2", sha256: "a", identity: IDENTITY, source: {}, key: "k" };
  const sent = { uploadId: "u" };
  const { diff } = ibmDiskObjectHandler({ run, openStore, cache: "/nowhere", open });
  expect(diff(before, { ...before, sent })).toEqual({ changes: false, replaces: [] });
});

test("a part that fails twice is sent a third time; URLs that have ended are asked for again amid the disk", async () => {
  const faults = new Map<number, (number | "cut" | "lost")[]>([
    [1, [503, "cut"]],
    [2, [403, "lost"]],
  ]);
  const built = await build((one) => faults.get(partOf(one))?.shift());
  const record = await built.work();
  expect(built.wants).toHaveLength(2);
  expect([...faults.values()].flat()).toEqual([]);
  const { outs } = await objects(built).create(decode(asked(built, record)), call("IbmDiskObject"));
  await expectDisk(built, record, outs);
});

test("a URL puts its part, for its time, and does nothing else", async () => {
  const { object, upload } = await build();
  const at = { object, uploadId: upload.id };
  const [first = "", second = ""] = await open(COS).presignParts(at, { count: 2, expiresSeconds: 3600 });
  const put = async (url: string, more: RequestInit = {}) =>
    (await fetch(url, { method: "PUT", body: "x", ...more })).status;
  expect(await put(first)).toBe(200);
  expect(await put(first.replace("partNumber=1", "partNumber=2"))).toBe(403);
  expect(await put(first.replace(object, "disks/other.qcow2"))).toBe(403);
  expect(await put(first, { method: "DELETE" })).toBe(403);
  expect(await put(second, { headers: { "Content-MD5": createHash("md5").update("y").digest("base64") } })).toBe(400);
  const [short = ""] = await open(COS).presignParts(at, { count: 1, expiresSeconds: 1 });
  await pause(2100);
  expect(await put(short)).toBe(403);
  expect((await open(COS).parts(at))?.map(({ number: one }) => one)).toEqual([1]);
});

test("an agent that was killed between two parts sends those that are missing, and the object is whole", async () => {
  let down = true;
  const seen: number[] = [];
  const built = await build((one) => {
    seen.push(partOf(one));
    return down && partOf(one) > 1 ? 503 : undefined;
  });
  const fed = built.feed();
  await built.place.start();
  await until("the second part", () => seen.includes(2));
  await built.place.kill();
  down = false;
  seen.length = 0;
  const record = await built.work(fed);
  expect(seen).toEqual([2, 3]);
  const { outs } = await objects(built).create(decode(asked(built, record)), call("IbmDiskObject"));
  await expectDisk(built, record, outs);
});

test("what was completed, but for the answer, is found as it is: by the same run, and by the next one", async () => {
  const built = await build();
  const record = await built.work();
  const inputs = decode(asked(built, record));
  const lose: { left: number } = { left: 1 };
  const endpoint = await way(({ method, url = "" }) =>
    method === "POST" && url.includes("uploadId=") && lose.left-- > 0 ? "lost" : undefined,
  );
  const lossy: Buckets = (of) => open(of, endpoint);
  const { outs } = await objects(built, converts, lossy).create(inputs, call("IbmDiskObject"));
  expect(lose.left).toBeLessThan(1);
  await expectDisk(built, record, outs);

  // Nor does it matter whether the bucket's word is a refusal.
  const other = await build();
  const its = await other.work();
  const cut = opening((bucket) => ({
    complete: async (...of) => {
      await bucket.complete(...of);
      throw new Error("cut off");
    },
  }));
  const wanted = decode(asked(other, its));
  const first = await objects(other, converts, cut).create(wanted, call("IbmDiskObject"));
  await expectDisk(other, its, first.outs);
  expect(await objects(other).create(wanted, call("IbmDiskObject"))).toEqual(first);
});

test("what the bucket refuses to list or to complete comes from the store, and a run that is stopped ends", async () => {
  const built = await build();
  const record = await built.work();
  const inputs = decode(asked(built, record));
  const refuse = () => Promise.reject(new Error("403 AccessDenied"));
  const stopping = new AbortController();
  const stopped = { ...call("IbmDiskObject"), stop: stopping.signal };
  const ending = opening(() => ({
    parts: () => {
      stopping.abort(new Error("stopped"));
      return refuse();
    },
  }));
  await expect(objects(built, converts, ending).create(inputs, stopped)).rejects.toThrow("stopped");
  for (const refused of [{ parts: refuse }, { complete: refuse }]) {
    const made = call("IbmDiskObject");
    const other = await build();
    const its = await other.work();
    const { outs } = await objects(
      other,
      run,
      opening(() => refused),
    ).create(decode(asked(other, its)), made);
    expect(made.said.join()).toMatch(/is not taken: 403 AccessDenied.*is made from the store/);
    await expectDisk(other, its, outs);
  }
  await open(COS).abortAll(built.object);
});

test("where no URL can be signed the agent is told so, and waits for none", async () => {
  const built = await build();
  const made = call("IbmDiskGrant");
  const fed = built.feed(bucketsOf({ COS_CREDENTIALS_FILE: "/nowhere" }), made);
  const record = await built.work(fed);
  expect(record.notSent?.[NAME]).toMatch(/grants for cos-test are not given: \/nowhere can't be read/);
  expect(made.said.join()).toMatch(/could not be let put the disk into images; this machine will: \/nowhere can't be/);
  const { outs } = await objects(built, run).create(decode(asked(built, record)), call("IbmDiskObject"));
  await expectDisk(built, record, outs);
});

test("parts that are not those of the record are not taken, and the disk comes from the store", async () => {
  const built = await build();
  const record = await built.work();
  const at = { object: built.object, uploadId: built.upload.id };
  const [, second = "", , fourth = ""] = await open(COS).presignParts(at, { count: 4, expiresSeconds: 600 });
  // One too many is what another disk before this one leaves.
  expect((await fetch(fourth, { method: "PUT", body: "of another disk" })).status).toBe(200);
  const inputs = decode(asked(built, record));
  const complete = vi.fn(() => Promise.reject(new Error("it is taken")));
  const untouched = opening(() => ({ complete }));
  await expect(objects(built, converts, untouched).create(inputs, call("IbmDiskObject"))).rejects.toThrow(
    "nothing is converted here",
  );
  expect(complete).toHaveBeenCalledOnce();
  const other = Buffer.alloc(PART, "not the disk");
  expect((await fetch(second, { method: "PUT", body: other })).status).toBe(200);
  const made = call("IbmDiskObject");
  const { outs } = await objects(built, run).create(inputs, made);
  expect(made.said.join()).toMatch(
    /is not taken: their sums are not those of the worker's disk.*is made from the store/,
  );
  await expectDisk(built, record, outs);
});

test("an upload that somebody has given up holds up nothing: the agent says so, and the disk comes from the store", async () => {
  const built = await build();
  await open(COS).abort({ object: built.object, uploadId: built.upload.id });
  expect(await built.uploads.read(built.upload.id, decode(built.upload.outs), call("IbmDiskUpload"))).toBeUndefined();
  const record = await built.work();
  expect(record.bodies).toEqual({});
  expect(record.notSent?.[NAME]).toMatch(/answered 404 NoSuchUpload/);
  const { outs } = await objects(built, run).create(decode(asked(built, record)), call("IbmDiskObject"));
  await expectDisk(built, record, outs);
});

test("an upload goes with its worker, parts and all, where no record names it", async () => {
  const { object, upload, uploads } = await build();
  const at = { object, uploadId: upload.id };
  const [first = ""] = await open(COS).presignParts(at, { count: 1, expiresSeconds: 600 });
  expect((await fetch(first, { method: "PUT", body: "x" })).status).toBe(200);
  expect(await uploads.read(upload.id, decode(upload.outs), call("IbmDiskUpload"))).toEqual(upload.outs);
  await uploads.delete(upload.id, decode(upload.outs), call("IbmDiskUpload"));
  expect(await open(COS).uploads(object)).toEqual([]);
  await uploads.delete(upload.id, decode(upload.outs), call("IbmDiskUpload"));
});

test("where somebody else has an object of that name, or nobody is let in, nothing is begun, and a warning says why", async () => {
  const built = await build();
  mkdirSync(dirname(built.file), { recursive: true });
  writeFileSync(built.file, "somebody's");
  const made = call("IbmDiskUpload");
  const { outs } = await built.uploads.create(built.wanted, made);
  expect(outs).not.toHaveProperty("uploadId");
  expect(made.said.join()).toMatch(
    /sends no disk to cos:\/\/jp-tok\/images, .* which bears no mark of a stack; move it/,
  );
  const wanted = decode({
    ...{ ...COS, object: built.object, key: built.key, identity: IDENTITY, sha256: sha256("x"), sizeBytes: 1 },
    source: { store: s3.store, object: "x" },
  });
  await expect(objects(built).create(wanted, call("IbmDiskObject"))).rejects.toThrow(
    "which bears no mark of a stack; move it away",
  );
  expect(readFileSync(built.file, "utf8")).toBe("somebody's");
  const keyless = ibmDiskUploadHandler({ open: bucketsOf({ COS_CREDENTIALS_FILE: "/nowhere" }), openStore });
  const warned = call("IbmDiskUpload");
  expect((await keyless.create(built.wanted, warned)).outs).not.toHaveProperty("uploadId");
  expect(warned.said.join()).toMatch(/\/nowhere can't be read: make a service credential/);
  await open(COS).abortAll(built.object);
});

test("two runs that send the same object from the store do not disturb what comes of it", async () => {
  const built = await build();
  await open(COS).abort({ object: built.object, uploadId: built.upload.id });
  const record = await built.work();
  const inputs = decode(asked(built, record));
  // The first has begun to send, the second does all of it, and the first goes on.
  const between = opening((bucket) => ({
    sendFile: async (object, sent) => {
      const upload = { object, uploadId: await bucket.begin(object, sent.marks) };
      await objects({ ...built, cache: `${built.cache}-2` }, run).create(inputs, call("IbmDiskObject"));
      expect(await bucket.complete(upload, [{ number: 1, etag: "0".repeat(32), sizeBytes: 1 }])).toBe(false);
      throw new Error("somebody else has given up this upload");
    },
  }));
  const first = await objects(built, run, between).create(inputs, call("IbmDiskObject"));
  await expectDisk(built, record, first.outs);
});
