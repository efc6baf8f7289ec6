/** What becomes of an image when Glance, the network or a run before this one fails: the faults that a real cloud has by chance. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { decode } from "../../../../provider/codec";
import { fakeCall } from "../../../../provider/fake-store";
import { PartialFailure } from "../../../../provider/handler";
import { cloudOf } from "../cloud/cloud";
import { fakeGlance, fill, type FakeGlance } from "../testing/fake-glance";
import { storeDisk, type StoredDisk } from "../testing/stored-disk";
import { glanceImageNameHandler } from "../image-name/handler";
import { glanceImageHandler } from "./handler";

const owner = { identity: "abcdefgh2345", resource: "image.place" };
const call = fakeCall("urn:pulumi:devel::p::builders:index:GlanceImage::i");

let glance: FakeGlance;
let disk: StoredDisk;
let now: number;
beforeEach(async () => {
  now = 0;
  glance = await fakeGlance();
  disk = await storeDisk(Buffer.from("the disk ".repeat(30_000)));
});
afterEach(async () => {
  disk.close();
  await glance.cloud.close();
});

const wait = {
  now: () => now,
  sleep: (ms: number) => {
    now += ms;
    return Promise.resolve();
  },
};
/** As a process that has just started. */
const handler = () => {
  const cloud = cloudOf(glance.cloud.access, { wait: { ...wait, now: Date.now } });
  return glanceImageHandler({ openCloud: () => cloud, openStore: disk.openStore, wait });
};
const inputs = (more: object = {}) => decode({ cloud: { cloud: "fake" }, name: "i", owner, ...disk.inputs, ...more });
const create = (more?: object) => handler().create(inputs(more), call);

/** Once, of the requests that begin so. */
function once(start: string, act: FakeGlance["fault"]): void {
  let left = true;
  glance.fault = (received, response) => {
    if (!left || !`${received.method} ${received.path}`.startsWith(start)) return false;
    left = false;
    return act(received, response);
  };
}

const posts = () => glance.seen.filter((line) => line === "POST /v2/images").length;
const puts = () => glance.seen.filter((line) => line.startsWith("PUT")).length;

/** One image, whole, and the disk. */
function expectTheDisk(id: string): void {
  expect([...glance.images.keys()]).toEqual([id]);
  expect(glance.images.get(id)).toMatchObject({ status: "active", "copr-builders-sum": disk.sha512 });
  expect(glance.body).toBe(disk.bytes.toString("latin1"));
}

test("an answer to a POST that is lost makes no second image", async () => {
  once("POST /v2/images", (received, response) => {
    glance.images.set(String((JSON.parse(received.body) as { id: string }).id), {
      ...(JSON.parse(received.body) as object),
      ...{ status: "queued", protected: false, owner: "p" },
    });
    glance.used.add(String((JSON.parse(received.body) as { id: string }).id));
    response.socket?.destroy();
    return true;
  });
  expectTheDisk((await create()).id);
  expect(posts()).toBe(2);
});

test("an answer to the upload that is lost is no second upload", async () => {
  once("PUT", (received, response) => {
    const id = received.path.split("/")[3] ?? "";
    fill(glance, glance.images.get(id) ?? {}, received.body);
    response.socket?.destroy();
    return true;
  });
  expectTheDisk((await create()).id);
  expect(puts()).toBe(1);
});

test.each([
  ["a connection that is cut", (response: { socket: { destroy(): void } | null }) => response.socket?.destroy()],
  ["a fault of the cloud", (response: { writeHead(status: number): { end(): void } }) => response.writeHead(502).end()],
  [
    "a token that has ended",
    (response: { writeHead(status: number): { end(): void } }) => response.writeHead(401).end(),
  ],
] as const)("%s in the middle of the upload: it is sent again", async (_what, act) => {
  once("PUT", (_received, response) => {
    act(response);
    return true;
  });
  expectTheDisk((await create()).id);
  expect(puts()).toBe(2);
});

test.each([
  ["as long as it says", 429, { "retry-after": "40" }, 40_000],
  ["longer each time", 503, {}, 10_000 + 20_000],
] as const)("a cloud that takes no disk for now is left alone %s", async (_what, status, headers, pause) => {
  let refusals = status === 429 ? 1 : 2;
  glance.fault = ({ method }, response) => {
    if (method !== "PUT" || refusals === 0) return false;
    refusals -= 1;
    response.writeHead(status, headers).end();
    return true;
  };
  expectTheDisk((await create()).id);
  expect(now).toBe(pause);
});

test("one that is still saved from a run before is waited for, and held against the disk", async () => {
  const { id } = await create();
  const image = glance.images.get(id) ?? {};
  Object.assign(image, { status: "saving", "copr-builders-sum": undefined });
  let looks = 0;
  glance.fault = ({ method, path }) => {
    if (method === "GET" && path.endsWith(id) && ++looks > 3) image["status"] = "active";
    return false;
  };
  const again = await create();
  expectTheDisk(again.id);
  expect([again.id, puts(), now]).toEqual([id, 1, 10_000]);
});

test.each(["saving", "importing"])(
  "one that stays %s is given up after a quarter of an hour, and another is made",
  async (status) => {
    const { id } = await create();
    Object.assign(glance.images.get(id) ?? {}, { status, "copr-builders-sum": undefined });
    const again = await create();
    expectTheDisk(again.id);
    expect(again.id).not.toBe(id);
    expect(now).toBeGreaterThanOrEqual(15 * 60_000);
    // Which one it is is found out again by a run that knows nothing.
    expect((await create()).id).toBe(again.id);
  },
);

test("bytes that Glance sums otherwise are no image: it is deleted, and sent anew", async () => {
  once("PUT", (received, response) => {
    const id = received.path.split("/")[3] ?? "";
    fill(glance, glance.images.get(id) ?? {}, `${received.body.slice(0, -1)}X`);
    response.writeHead(204).end();
    return true;
  });
  expectTheDisk((await create()).id);
  expect(puts()).toBe(2);
});

test("a disk that is not what was built is never whole in Glance", async () => {
  let received = 0;
  glance.fault = (request) => {
    if (request.method === "PUT") received = request.body.length;
    return false;
  };
  await expect(create({ sha256: "0".repeat(64) })).rejects.toThrow(/must be 0000/);
  expect(received).toBeLessThan(disk.bytes.length);
  expect(glance.images.size).toBe(0);
});

test("what can't be taken away after a failure is in the state, and the next update finishes it", async () => {
  let refuses = true;
  glance.fault = ({ method }, response) => {
    if (!refuses || (method !== "PUT" && method !== "DELETE")) return false;
    response.writeHead(method === "PUT" ? 413 : 403).end(JSON.stringify({ message: "no" }));
    return true;
  };
  const error: unknown = await create().catch((cause: unknown) => cause);
  if (!(error instanceof PartialFailure)) throw new Error("expected what is left", { cause: error });
  expect(error.message).toMatch(/is left behind: cloud "fake" answered 403/);
  refuses = false;
  const { diff, update } = handler();
  expect(diff(error.properties, inputs().value)).toEqual({ changes: true, replaces: [] });
  const state = await update(error.id, decode(error.properties), inputs(), call);
  expectTheDisk(error.id);
  expect(diff(state, inputs().value)).toEqual({ changes: false, replaces: [] });
});

test("one that a volume was cloned from stays, with what to do; one that is gone is deleted", async () => {
  const { id, outs } = await create();
  once("DELETE", (_received, response) => {
    response.writeHead(409).end(JSON.stringify({ message: "Image is in use by the store" }));
    return true;
  });
  await expect(handler().delete(id, decode(outs), call)).rejects.toThrow(/is in use: a volume .* run this again/s);
  await handler().delete(id, decode(outs), call);
  await handler().delete(id, decode(outs), call);
  expect(glance.images.size).toBe(0);
});

test("another disk, another name and what is lost replace it; who sees it changes in place; defaults are no change", () => {
  const { diff } = handler();
  const olds = inputs().value as Record<string, unknown>;
  const replaced = (news: object) => diff(olds, { ...olds, ...news });
  expect(replaced({ sha256: "1".repeat(64) })).toEqual({ changes: true, replaces: ["sha256"] });
  expect(replaced({ again: "lost" })).toEqual({ changes: true, replaces: ["again"] });
  expect(replaced({ visibility: "shared" })).toEqual({ changes: true, replaces: [] });
  expect(replaced({ visibility: "private", members: [], properties: {} })).toEqual({ changes: false, replaces: [] });
  expect(diff({ ...olds, again: "lost" }, olds)).toEqual({ changes: false, replaces: [] });
});

test("made again while the first is still there: another image, and the first goes by itself", async () => {
  const first = await create();
  const second = await create({ again: "looked lost" });
  expect(second.id).not.toBe(first.id);
  await handler().delete(first.id, decode(first.outs), call);
  expectTheDisk(second.id);
});

test("a run that was killed leaves an image in no state: its name takes it away, where it is protected too, and no other", async () => {
  const { id } = await create({ protected: true });
  const openCloud = () => cloudOf(glance.cloud.access);
  const name = glanceImageNameHandler({ openCloud });
  const state = { cloud: { cloud: "fake" }, name: "i", owner, protected: true };
  await name.delete("x", decode({ ...state, owner: { ...owner, resource: "another" } }), call);
  expect([...glance.images.keys()]).toEqual([id]);
  await expect(name.delete("x", decode({ ...state, protected: false }), call)).rejects.toThrow(
    /protected, and not by us/,
  );
  await name.delete("x", decode(state), call);
  expect(glance.images.size).toBe(0);
});

test("one that is whole is taken over by a run that has no state of it, whatever it was made again for, and not read", async () => {
  const { id } = await create({ again: "was lost" });
  const reads = disk.reads.length;
  expect((await create()).id).toBe(id);
  expect([puts(), disk.reads.length]).toEqual([1, reads]);
});

/** An image of another project that has seen ours: it bears our marks, and says that it is whole. */
function forged(id: string, more: object = {}): void {
  const marks = { "copr-builders-owner": owner.identity, "copr-builders-resource": owner.resource };
  glance.images.set(id, {
    ...{ id, name: "i", owner: "other", status: "active", visibility: "public", protected: false },
    ...{ os_hash_algo: "sha512", os_hash_value: "f".repeat(128), "copr-builders-sum": "f".repeat(128) },
    ...{ ...marks, "copr-builders-disk-sha256": disk.sha256, ...more },
  });
  glance.used.add(id);
}

test("an image of another project that bears our marks is neither taken over nor deleted", async () => {
  forged("theirs");
  const first = await create();
  expect(first.id).not.toBe("theirs");
  await handler().delete(first.id, decode(first.outs), call);
  // Its id may be foreseen, too.
  forged(first.id);
  const { id } = await create();
  expect([id === first.id, glance.images.get(id)?.["owner"]]).toEqual([false, "p"]);
  const name = glanceImageNameHandler({ openCloud: () => cloudOf(glance.cloud.access) });
  await name.delete("x", decode({ cloud: { cloud: "fake" }, name: "i", owner }), call);
  expect([...glance.images.keys()]).toEqual(["theirs", first.id]);
});

test("that somebody else protects it stays, whatever else changes; our own protection goes", async () => {
  const { id, outs } = await create();
  const image = glance.images.get(id) ?? {};
  image["protected"] = true;
  const state = await handler().update(id, decode(outs), inputs({ properties: { a: "b" } }), call);
  expect(image).toMatchObject({ a: "b", protected: true });
  const ours = await handler().update(id, decode(state), inputs({ protected: true }), call);
  await handler().update(id, decode(ours), inputs(), call);
  expect(image["protected"]).toBe(false);
});

test("one that bears other marks now is left as it is", async () => {
  const { id, outs } = await create();
  const image = glance.images.get(id) ?? {};
  image["copr-builders-resource"] = "another";
  await expect(handler().update(id, decode(outs), inputs({ properties: { a: "b" } }), call)).rejects.toThrow(
    /is not ours any more: .*Run "pulumi refresh"/,
  );
  expect(image).not.toHaveProperty("a");
});

test("members come and go with what is shared, and one that is shared no more has none left", async () => {
  const shared = { visibility: "shared", members: ["a", "b"] };
  const { id, outs } = await create(shared);
  expect([...(glance.members.get(id) ?? [])]).toEqual(["a", "b"]);
  const state = await handler().update(id, decode(outs), inputs({ ...shared, members: ["b", "c"] }), call);
  expect([...(glance.members.get(id) ?? [])]).toEqual(["b", "c"]);
  await handler().update(id, decode(state), inputs(), call);
  expect([glance.members.get(id)?.size, glance.images.get(id)?.["visibility"]]).toEqual([0, "private"]);
});

test("a refresh finds what was changed by hand, and nothing where nothing was", async () => {
  const wanted = { visibility: "shared", members: ["a", "b"], protected: true, properties: { x: "1", y: "2" } };
  const { id, outs } = await create(wanted);
  const { read, diff } = handler();
  expect(await read(id, decode(outs), call)).toEqual(outs);
  const image = glance.images.get(id) ?? {};
  Object.assign(image, { x: "other", protected: false });
  glance.members.get(id)?.delete("a");
  const found = (await read(id, decode(outs), call)) ?? {};
  expect(found).toMatchObject({ properties: { x: "other", y: "2" }, protected: false, members: ["b"] });
  expect(diff(found, inputs(wanted).value as Record<string, unknown>)).toEqual({ changes: true, replaces: [] });
  await handler().update(id, decode(found), inputs(wanted), call);
  expect(await read(id, decode(outs), call)).toEqual(outs);
});
