import { beforeEach, expect, test } from "vitest";
import { decode } from "../codec";
import { type FakeStore, fakeCall, fakeStore } from "../fake-store";
import { endHold, listHolds } from "../holds";
import { holdHandler } from "./handler";

const OWNER = "abcdefgh2345";
const READER = "zyxwvuts2345";
const PATH = `holds/${OWNER}/g1/${READER}.json`;
const store = { bucket: "b", region: "r" };
const images = { "hv/one": "image-g1", "hv/two": "image-g1" };
const inputs = {
  store,
  owner: OWNER,
  from: "devel",
  generation: "g1",
  reader: READER,
  stack: "prod",
  images,
  known: [],
};
const call = fakeCall("urn:pulumi:prod::p::builders:index:Hold::hold-g1");
const offer = (place: string) => JSON.stringify({ imageId: "image-g1", places: ["old/name", place] });
const OFFERS = { [`offers/${OWNER}/g1/a.json`]: offer("hv/one"), [`offers/${OWNER}/g1/b.json`]: offer("hv/two") };

let bucket: FakeStore;
let other: FakeStore;
beforeEach(() => {
  bucket = fakeStore(OFFERS);
  other = fakeStore(OFFERS);
});
const handler = holdHandler({
  openStore: ({ bucket: name }) => (name === "b" ? bucket : other),
  now: () => new Date("2026-11-10T04:12:44Z"),
});
const made = async () => (await handler.create(decode(inputs), call)).outs;

test("an object says who holds what since when, and goes with the resource", async () => {
  const state = await made();
  const said = { stack: "prod", since: "2026-11-10T04:12:44.000Z", images };
  expect(await listHolds(bucket, OWNER)).toMatchObject([{ object: PATH, generation: "g1", reader: READER, said }]);
  expect(await listHolds(bucket, OWNER, "g2")).toEqual([]);
  await handler.delete(PATH, decode(state), call);
  await handler.delete(PATH, decode(state), call);
  expect(await listHolds(bucket, OWNER)).toEqual([]);
});

test("the hold is written before the offers are looked for", async () => {
  const list = bucket.list;
  bucket.list = (prefix) => {
    expect(bucket.objects.has(PATH)).toBe(true);
    return list(prefix);
  };
  await made();
});

test.each([
  ["no offer", {}],
  ["only some of it", { [`offers/${OWNER}/g1/a.json`]: offer("hv/one") }],
  ["an offer that is damaged", { ...OFFERS, [`offers/${OWNER}/g1/b.json`]: "{}" }],
])("a generation that is being deleted is not taken: %s", async (_what, offers) => {
  bucket = fakeStore(offers);
  await expect(made()).rejects.toThrow(/^g1 is being deleted by devel.*image-g1 in hv\/two; take another generation/);
  expect(bucket.objects.has(PATH)).toBe(false);
});

test("an update that can't be had leaves what was held", async () => {
  const state = await made();
  const news = { ...inputs, images: { ...images, "hv/three": "image-g1" } };
  await expect(handler.update(PATH, decode(state), decode(news), call)).rejects.toThrow("image-g1 in hv/three; take");
  expect((await listHolds(bucket, OWNER))[0]?.said?.images).toEqual(images);
});

test("another store: held there, and no longer here", async () => {
  const news = { ...inputs, store: { bucket: "c", region: "r" } };
  await handler.update(PATH, decode(await made()), decode(news), call);
  expect(bucket.objects.has(PATH)).toBe(false);
  expect(other.objects.has(PATH)).toBe(true);
});

test("a store that can't be reached: the hold stays, and it is said what to do", async () => {
  const state = await made();
  bucket.delete = () => Promise.reject(new Error("no route"));
  await expect(handler.delete(PATH, decode(state), call)).rejects.toThrow(/g1 of devel is still held.*state delete/);
});

test("ended by name or identity, damaged ones too, and nobody else's", async () => {
  await made();
  bucket.objects.set(`holds/${OWNER}/g2/${READER}.json`, "damaged");
  bucket.objects.set(`holds/${OWNER}/g2/aaaaaaaa2222.json`, JSON.stringify({ stack: "stage", since: "s", images: {} }));
  expect((await listHolds(bucket, OWNER)).map(({ said }) => said?.stack)).toEqual(["prod", undefined, "stage"]);
  expect((await endHold(bucket, OWNER, "prod")).map(({ generation }) => generation)).toEqual(["g1"]);
  expect((await endHold(bucket, OWNER, READER)).map(({ generation }) => generation)).toEqual(["g2"]);
  expect((await listHolds(bucket, OWNER)).map(({ reader }) => reader)).toEqual(["aaaaaaaa2222"]);
});

test("what a killed run has written for this stack ends with the next hold, unless it is known; nobody else's does", async () => {
  const hold = (generation: string, reader: string) => `holds/${OWNER}/${generation}/${reader}.json`;
  const others = [hold("g1", "aaaaaaaa2222"), hold("g7", "aaaaaaaa2222"), hold("g3", READER)];
  for (const object of [...others, hold("g7", READER), hold("g8", READER)]) bucket.objects.set(object, "{}");
  const { outs } = await handler.create(decode({ ...inputs, known: ["g3"] }), call);
  expect((await listHolds(bucket, OWNER)).map(({ object }) => object).sort()).toEqual([PATH, ...others].sort());
  // What is known differs from run to run: nothing of it is in the state, and nothing changes with it.
  expect(outs).not.toHaveProperty("known");
  expect(handler.diff(outs, { ...inputs, known: ["g9"] }).changes).toBe(false);
});

test("another stack or generation is another hold; what it says is updated", () => {
  const diff = (more: object) => handler.diff({ ...inputs, since: "s" }, { ...inputs, ...more });
  expect(diff({})).toEqual({ changes: false, replaces: [] });
  expect(diff({ images: {} })).toEqual({ changes: true, replaces: [] });
  expect(diff({ owner: "bbbbbbbb2222" })).toEqual({ changes: true, replaces: ["owner"] });
});
