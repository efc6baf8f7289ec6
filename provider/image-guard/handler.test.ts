import { beforeEach, expect, test } from "vitest";
import { decode } from "../codec";
import { type FakeStore, fakeCall, fakeStore } from "../fake-store";
import type { AskReader } from "../reader-outputs";
import { imageGuardHandler } from "./handler";

const OWNER = "abcdefgh2345";
const NAME = "copr-builder-x86_64-g1-48c53dea.hv.guard";
const store = { bucket: "b", region: "r" };
const image = { generation: "g1", imageName: "copr-g1", imageId: "ami-1", place: "aws/us-east-1/x86_64" };
const inputs = { store, identity: OWNER, ...image, readers: [] as string[] };
const OFFER = `offers/${OWNER}/g1/${NAME}.ami-1.json`;
const HOLD = `holds/${OWNER}/g1/zyxwvuts2345.json`;
const hold = (images: object) => JSON.stringify({ stack: "prod", since: "2026-11-10T04:12:44Z", images });

let bucket: FakeStore;
let other: FakeStore;
let used: Readonly<Record<string, Awaited<ReturnType<AskReader>> | Error>>;
let call: ReturnType<typeof fakeCall>;
beforeEach(() => {
  bucket = fakeStore({});
  other = fakeStore({});
  used = {};
  call = fakeCall(`urn:pulumi:devel::p::builders:index:ImageGuard::${NAME}`);
});

const handler = imageGuardHandler({
  openStore: ({ bucket: name }) => (name === "b" ? bucket : other),
  ask: (reader) => {
    // Nothing may be offered to those who come after we have asked.
    expect(bucket.objects.has(OFFER)).toBe(false);
    const answer = used[reader] ?? new Error(`no stack named '${reader}' found`);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  },
});
const made = async (more: object = {}) => (await handler.create(decode({ ...inputs, ...more }), call)).outs;
const remove = async (more: object = {}) => handler.delete(OFFER, decode(await made(more)), call);

test("creating offers the image, deleting it takes the offer back and leaves nothing", async () => {
  const state = await made();
  expect(JSON.parse(bucket.objects.get(OFFER) ?? "")).toEqual({
    imageName: "copr-g1",
    imageId: "ami-1",
    places: ["aws/us-east-1/x86_64"],
  });
  expect(await handler.read(OFFER, decode(state), call)).toEqual(state);
  await handler.delete(OFFER, decode(state), call);
  expect([...bucket.objects]).toEqual([]);
  expect(await handler.read(OFFER, decode(state), call)).toBeUndefined();
});

test("what a reader uses, or may go back to, is not deleted, and stays offered", async () => {
  used = {
    prod: [
      { id: "g2", published: {} },
      { id: "g1", published: { "aws/us-east-1/x86_64": "ami-1" } },
    ],
  };
  await expect(remove({ readers: ["prod"] })).rejects.toThrow(
    /^image copr-g1 \(ami-1\) of g1 in aws\/us-east-1\/x86_64 is kept.*\n {2}prod uses it.*\(its g1\): let it take/,
  );
  expect(bucket.objects.has(OFFER)).toBe(true);
});

test("another image, or the same name in another place, is none of its business", async () => {
  used = { prod: [{ id: "g1", published: { "aws/us-east-1/x86_64": "ami-2", "aws/us-west-2/x86_64": "ami-1" } }] };
  bucket.objects.set(HOLD, hold({ "aws/us-east-1/x86_64": "ami-2" }));
  await remove({ readers: ["prod"] });
  expect([...bucket.objects.keys()]).toEqual([HOLD]);
});

test("a reader that can't be read: nothing is known, nothing is deleted", async () => {
  await expect(remove({ readers: ["org/p/gone"] })).rejects.toThrow(
    /whether org\/p\/gone uses it can't be found out \(no stack named .*promotedBy and run "pulumi up".*stack init gone"/,
  );
});

test("a hold of somebody whom nobody lists, and how to end it", async () => {
  bucket.objects.set(HOLD, hold({ "aws/us-east-1/x86_64": "ami-1" }));
  await expect(remove()).rejects.toThrow(
    /held by prod \(identity zyxwvuts2345\), since 2026.*npm run owned -- --stack devel --end-hold prod"/,
  );
});

test.each(["not JSON", "{}", '{"stack": "prod"}'])("a hold that can't be read holds: %s", async (text) => {
  bucket.objects.set(HOLD, text);
  await expect(remove()).rejects.toThrow(/held by a stack with identity zyxwvuts2345.*--end-hold zyxwvuts2345/);
});

test("holds that can't be listed: nothing is deleted", async () => {
  const state = decode(await made());
  bucket.list = () => Promise.reject(new Error("the store is down"));
  await expect(handler.delete(OFFER, state, call)).rejects.toThrow(
    /can't be read \(the store is down\): make it reach/,
  );
});

test("a place that was renamed since is the same place to those who knew it before", async () => {
  const moved = await handler.update(
    OFFER,
    decode(await made()),
    decode({ ...inputs, place: "ec2/east/x86_64" }),
    call,
  );
  expect(moved.places).toEqual(["aws/us-east-1/x86_64", "ec2/east/x86_64"]);
  used = { prod: [{ id: "g1", published: { "aws/us-east-1/x86_64": "ami-1" } }] };
  const listed = { ...moved, readers: ["prod"] };
  await expect(handler.delete(OFFER, decode(listed), call)).rejects.toThrow("prod uses it");
});

test("another store: what was held stays held", async () => {
  const state = await made();
  bucket.objects.set(HOLD, hold({ "aws/us-east-1/x86_64": "ami-1" }));
  const news = { ...inputs, store: { bucket: "c", region: "r" } };
  const moved = await handler.update(OFFER, decode(state), decode(news), call);
  expect([...other.objects.keys()].sort()).toEqual([HOLD, OFFER]);
  expect([...bucket.objects.keys()]).toEqual([HOLD]);
  await expect(handler.delete(OFFER, decode(moved), call)).rejects.toThrow("held by prod");
});

test("readers, store and names are updated; another image, or one not known yet, is another guard", () => {
  const diff = (more: object) => handler.diff({ ...inputs, places: [], object: "o" }, { ...inputs, ...more });
  expect(diff({})).toEqual({ changes: false, replaces: [] });
  for (const more of [{ readers: ["prod"] }, { store: { bucket: "c", region: "r" } }, { place: "x" }]) {
    expect(diff(more)).toEqual({ changes: true, replaces: [] });
  }
  expect(diff({ imageId: "ami-2" })).toEqual({ changes: true, replaces: ["imageId"] });
});
