/** What a worker has put into Glance: taken over if it is the disk, by one image, and made from the store else. */
import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { decode } from "../../../../provider/codec";
import { PartialFailure } from "../../../../provider/handler";
import { fill } from "../testing/fake-glance";
import { publishing, type Publishing } from "../testing/publishing";

const KEY = "ab".repeat(32);
const ID = "5a5a5a5a-0000-8000-8000-000000000000";
let room: Publishing;
let sent: object;
beforeEach(async () => {
  room = await publishing();
  const md5 = createHash("md5").update(room.disk.bytes).digest("hex");
  sent = { imageId: ID, key: KEY, md5, sha512: room.disk.sha512 };
  room.glance.used.add(ID);
  room.glance.images.set(ID, {
    ...{ id: ID, name: "copr-builder-disk-abababab", visibility: "private", protected: false, owner: "p" },
    ...{ "copr-builders-owner": room.owner.identity, "copr-builders-resource": `disk.${KEY}`, min_disk: 0 },
  });
  fill(room.glance, image(), room.disk.bytes.toString("latin1"));
});
afterEach(() => room.close());

const image = (id = ID): Record<string, unknown> => room.glance.images.get(id) ?? {};
/** Of the worker's. */
const marks = () => ({ "copr-builders-owner": room.owner.identity, "copr-builders-resource": `disk.${KEY}` });
/** Whole, from the store. */
function expectAnother(id: string): void {
  expect(id).not.toBe(ID);
  expect(image(id)).toMatchObject({ status: "active", "copr-builders-sum": room.disk.sha512 });
  expect(room.disk.reads.length).toBeGreaterThan(0);
}

test("is the image, with name and marks of its own, and nothing is read from the store", async () => {
  expect((await room.create({ sent })).id).toBe(ID);
  expect(image()).toMatchObject({ name: "i", min_disk: 1, "copr-builders-resource": room.owner.resource });
  expect(image()).toMatchObject({ "copr-builders-sum": room.disk.sha512 });
  expect([room.disk.reads, room.glance.images.size]).toEqual([[], 1]);
});

test("is taken once: of two that want it at the same moment one is made from the store", async () => {
  const handler = room.handler();
  const of = (resource: string) =>
    handler.create(room.inputs({ sent, name: resource, owner: { ...room.owner, resource } }), room.call);
  const [one, other] = await Promise.all([of("a"), of("b")]);
  expect([one.id, other.id === ID]).toEqual([ID, false]);
  expectAnother(other.id);
});

test("that a run took which was killed before its end is gone on with", async () => {
  Object.assign(image(), { "copr-builders-resource": room.owner.resource, name: "i" });
  expect((await room.create({ sent })).id).toBe(ID);
  expect(room.disk.reads).toEqual([]);
});

test("with another sum is deleted", async () => {
  fill(room.glance, image(), "something else");
  expectAnother((await room.create({ sent })).id);
  expect(room.glance.images.has(ID)).toBe(false);
});

test("with another sum, and not to be deleted, is left behind with a warning: the image is made all the same", async () => {
  fill(room.glance, image(), "something else");
  room.glance.fault = ({ method }, response) => {
    if (method !== "DELETE") return false;
    response.writeHead(409).end(JSON.stringify({ message: "Image is in use by the store" }));
    return true;
  };
  expectAnother((await room.create({ sent })).id);
  expect(image()["copr-builders-resource"]).toBe(`disk.${KEY}`);
});

test.each(["sha512", "sha256", "sha384", "sha3_512", "blake2b"])(
  "is taken where Glance makes no md5 sums (FIPS), by its %s alone",
  async (algorithm) => {
    const sum = createHash(algorithm.replace("_", "-").replace("2b", "2b512")).update(room.disk.bytes).digest("hex");
    Object.assign(image(), { checksum: null, os_hash_algo: algorithm, os_hash_value: sum, disk_format: "raw" });
    expect((await room.create({ sent })).id).toBe(ID);
    expect(image()["copr-builders-sum"]).toBe(sum);
    Object.assign(image(), { ...marks(), os_hash_value: "0".repeat(sum.length), "copr-builders-sum": undefined });
    expect((await room.create({ sent, name: "j" })).id).not.toBe(ID);
  },
);

test("is made from the store where what Glance has is no raw disk, and its sum one that the worker did not make", async () => {
  Object.assign(image(), {
    checksum: null,
    os_hash_algo: "sha256",
    os_hash_value: "0".repeat(64),
    disk_format: "qcow2",
  });
  expectAnother((await room.create({ sent })).id);
});

test("that hangs in saving is given up after its time", async () => {
  image()["status"] = "saving";
  expectAnother((await room.create({ sent })).id);
  expect(room.glance.images.has(ID)).toBe(false);
  expect(room.wait.now()).toBeGreaterThan(15 * 60_000);
});

test.each([
  ["is of another build", { "copr-builders-resource": `disk.${"cd".repeat(32)}` }],
  ["is of another stack", { "copr-builders-owner": "bbbbbbbb2345" }],
  ["is of another project", { owner: "q" }],
])("that %s is left alone", async (_what, marks) => {
  Object.assign(image(), marks);
  expectAnother((await room.create({ sent })).id);
  expect(image()).toMatchObject(marks);
});

test("is not asked for where the image is to be made again, or was lost", async () => {
  expectAnother((await room.create({ sent, again: "1" })).id);
  room.glance.images.delete(ID);
  expectAnother((await room.create({ sent, name: "j" })).id);
});

test("that can't be shown to whom it must keeps its bytes, whatever their encoding: the next update goes on with it", async () => {
  fill(room.glance, image(), "a qcow2 file");
  const sums = { sha512: image()["os_hash_value"], md5: "0".repeat(32) };
  room.glance.fault = ({ method, body }, response) => {
    if (method !== "PATCH" || !body.includes('"public"')) return false;
    response.writeHead(403).end(JSON.stringify({ message: "no publicize_image" }));
    return true;
  };
  const qcow2 = { ...sent, ...sums };
  const error: unknown = await room.create({ sent: qcow2, visibility: "public" }).catch((cause: unknown) => cause);
  if (!(error instanceof PartialFailure)) throw new Error("expected one that is not finished", { cause: error });
  const news = room.inputs({ sent: qcow2, visibility: "community" });
  const state = await room.handler().update(error.id, decode(error.properties), news, room.call);
  expect([error.id, state["finished"], image()["visibility"], room.disk.reads]).toEqual([ID, true, "community", []]);
});

test("changes nothing of an image that is there", () => {
  const before = room.inputs().value;
  const { changes } = room.handler().diff({ ...before, finished: true }, { ...before, sent });
  expect(changes).toBe(false);
});
