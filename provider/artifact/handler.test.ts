import { expect, test } from "vitest";
import { decode } from "../codec";
import { type FakeStore, fakeCall, fakeStore } from "../fake-store";
import { artifactHandler } from "./handler";

const store = { bucket: "b", region: "r", endpoint: "http://127.0.0.1:1" };
const inputs = {
  store,
  record: "builds/k.json",
  key: "k",
  objects: ["disks/k", "packages/k"],
  identity: "abcdefgh2345",
  regions: ["us-east-1"],
};
const call = fakeCall("urn:pulumi:dev::p::builders:index:Artifact::a");

function handler(fake: FakeStore): ReturnType<typeof artifactHandler> & { readonly snapshots: string[] } {
  const snapshots: string[] = [];
  const deleteForms = (region: string, { identity, key }: { identity: string; key: string }) => {
    snapshots.push(`${region} ${identity} ${key}`);
    return Promise.resolve();
  };
  return { ...artifactHandler({ openStore: () => fake, deleteForms }), snapshots };
}

test("owns what is not there yet, and touches nothing", async () => {
  const fake = fakeStore({});
  expect((await handler(fake).create(decode(inputs), call)).id).toBe("builds/k.json");
  expect(await handler(fake).read("i", decode(inputs), call)).toEqual(inputs);
  expect([...fake.objects.keys()]).toEqual([]);
});

test("deleting takes all that a build may have left, the record last, and nothing else", async () => {
  const fake = fakeStore({ "disks/k": "abc", "disks/kk": "neighbour", "builds/k.json": "{}" });
  const { snapshots, ...artifact } = handler(fake);
  await artifact.delete("builds/k.json", decode(inputs), call);
  expect(fake.deleted.at(-1)).toBe("builds/k.json");
  expect([...fake.objects.keys()]).toEqual(["disks/kk"]);
  expect(snapshots).toEqual(["us-east-1 abcdefgh2345 k"]);
});

test("one of the version before deletes what its record named", async () => {
  const former = {
    store,
    record: "builds/k.json",
    key: "k",
    objects: { "raw.zst": { object: "disks/k", sizeBytes: 3 } },
  };
  const fake = fakeStore({ "disks/k": "abc", "builds/k.json": "{}" });
  await handler(fake).delete("i", decode(former), call);
  expect([...fake.objects.keys()]).toEqual([]);
  // It goes on as this version has it.
  const { diff, update } = handler(fake);
  expect(diff(former, inputs)).toEqual({ changes: true, replaces: [] });
  expect(await update("i", decode(former), decode(inputs), call)).toEqual(inputs);
});

test("a key replaces, another address of the store only updates the state", () => {
  const { diff } = handler(fakeStore({}));
  expect(diff(inputs, { ...inputs, key: "l" })).toEqual({ changes: true, replaces: ["key"] });
  expect(diff(inputs, inputs)).toEqual({ changes: false, replaces: [] });
  expect(diff(inputs, { ...inputs, store: { ...store, endpoint: "http://127.0.0.1:2" } })).toEqual({
    changes: true,
    replaces: [],
  });
});
