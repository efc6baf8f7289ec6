import { expect, test } from "vitest";
import { fakeStore } from "../fake-store";
import { lookAtRecord } from "./record";

const ARGS = { store: { bucket: "b", region: "r" }, object: "builds/k.json", objectsField: "objects" };
const record = { key: "k", objects: { "raw.zst": { object: "disks/k", sizeBytes: 3 } } };

test("no record, nothing done", async () => {
  expect(await lookAtRecord(fakeStore({}), ARGS)).toEqual({ kind: "missing" });
});

test("whole when every object is there with its size", async () => {
  const store = fakeStore({ "builds/k.json": JSON.stringify(record), "disks/k": "abc" });
  expect(await lookAtRecord(store, ARGS)).toEqual({ kind: "whole", record });
});

test("an object that is gone or of another size, and a record that names none", async () => {
  const text = JSON.stringify(record);
  expect(await lookAtRecord(fakeStore({ "builds/k.json": text }), ARGS)).toEqual({
    kind: "broken",
    why: "disks/k is not there",
  });
  expect(await lookAtRecord(fakeStore({ "builds/k.json": text, "disks/k": "ab" }), ARGS)).toEqual({
    kind: "broken",
    why: "disks/k has 2 bytes, not 3",
  });
  expect(await lookAtRecord(fakeStore({ "builds/k.json": "{}" }), ARGS)).toMatchObject({ kind: "broken" });
});
