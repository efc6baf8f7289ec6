import { expect, test } from "vitest";
import { decode } from "../codec";
import { type FakeStore, fakeCall, fakeStore } from "../fake-store";
import { artifactHandler } from "./handler";

const store = { bucket: "b", region: "r", endpoint: "http://127.0.0.1:1" };
const object = { object: "disks/k", sizeBytes: 3 };
const inputs = { store, record: "builds/k.json", key: "k", objects: { "raw.zst": object } };
const call = fakeCall("urn:pulumi:dev::p::builders:index:Artifact::a");

const handler = (fake: FakeStore): ReturnType<typeof artifactHandler> => artifactHandler(() => fake);

test("creating looks and writes nothing", async () => {
  const fake = fakeStore({ "builds/k.json": "{}", "disks/k": "abc" });
  expect((await handler(fake).create(decode(inputs), call)).id).toBe("builds/k.json");
  expect([...fake.objects.keys()]).toEqual(["builds/k.json", "disks/k"]);
});

test("creating names everything that is missing", async () => {
  await expect(handler(fakeStore({ "disks/k": "ab" })).create(decode(inputs), call)).rejects.toThrow(
    "builds/k.json (the commit record) is not there; disks/k has 2 bytes instead of 3",
  );
});

test("deleting takes the record first, and gone is fine", async () => {
  const fake = fakeStore({ "disks/k": "abc" });
  await handler(fake).delete("builds/k.json", decode(inputs), call);
  expect(fake.deleted).toEqual(["builds/k.json", "disks/k"]);
});

test("a key replaces, another address of the store only updates the state", async () => {
  const { diff, update } = handler(fakeStore({ "builds/k.json": "{}", "disks/k": "abc" }));
  const moved = { ...inputs, store: { ...store, endpoint: "http://127.0.0.1:2" } };
  expect(diff(inputs, { ...inputs, key: "l" })).toEqual({ changes: true, replaces: ["key"] });
  expect(diff(inputs, { ...inputs, objects: {} })).toEqual({ changes: false, replaces: [] });
  expect(diff(inputs, moved)).toEqual({ changes: true, replaces: [] });
  expect(await update("i", decode(inputs), decode(moved), call)).toEqual(moved);
});

test("gone only when nothing is left to own", async () => {
  expect(await handler(fakeStore({ "disks/k": "abc" })).read("i", decode(inputs), call)).toEqual(inputs);
  expect(await handler(fakeStore({})).read("i", decode(inputs), call)).toBeUndefined();
});
