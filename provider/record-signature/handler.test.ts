import { beforeEach, describe, expect, it } from "vitest";
import { keyId } from "../../contract/signing-keys";
import { commitRecord } from "../../contract/testing/commit-record";
import { testKey, type TestKey } from "../../contract/testing/signing-keys";
import { decode, UNKNOWN } from "../codec";
import { type FakeStore, fakeCall, fakeStore } from "../fake-store";
import type { Properties } from "../handler";
import { lookAtSigned } from "../signed-record";
import { recordSignatureHandler } from "./handler";

const KEY = "0123456789abcdef".repeat(4);
const store = { bucket: "b", region: "r" };
const names = { record: "builds/me/k.json", signature: "signatures/me/k.json" };
const call = fakeCall("urn:pulumi:dev::p::builders:index:RecordSignature::s");
const old = testKey("a");
const young = testKey("b");
const snapshot = {
  snapshotId: "snap-0123456789abcdef0",
  volumeGib: 1,
  changedBlocks: 2,
  checksum: `${"A".repeat(43)}=`,
};
const stored = commitRecord(
  { key: KEY, arch: "x86_64", objects: { "raw.zst": "disks/me/k" } },
  { snapshots: { "us-east-1": snapshot, "eu-west-1": snapshot } },
);
/** As the checks have left it: dated by the store, and without the snapshot that was gone. */
const artifact = { ...stored, builtAt: "2026-11-26T03:00:00.000Z", snapshots: { "us-east-1": snapshot } };

let bucket: FakeStore;
beforeEach(() => {
  bucket = fakeStore({ [names.record]: JSON.stringify(stored), "disks/me/k": "abc" });
});
const handler = recordSignatureHandler({ openStore: () => bucket });
const inputs = (key: TestKey, more: object = {}) => {
  const given = { store, ...names, artifact, keyId: keyId(key.publicKey), privateKey: key.pem, ...more };
  return decode(given);
};
const made = async (): Promise<Properties> => (await handler.create(inputs(old), call)).outs;
const rotated = async (olds: Properties, more: object = {}) =>
  handler.update("i", decode(olds), inputs(young, more), call);
const by = async (key: TestKey) => (await lookAtSigned(bucket, names, [key.publicKey])).kind;

describe("the signature of a record", () => {
  it("is made of what was checked, and the private key is in no output and in no object", async () => {
    const { id, outs } = await handler.create(inputs(old), call);
    expect(id).toBe(names.signature);
    expect(await by(old)).toBe("signed");
    const secret = old.pem.split("\n")[1] ?? "none";
    for (const text of [JSON.stringify(outs), ...bucket.objects.values()]) expect(text).not.toContain(secret);
    expect(call.said).toEqual([]);
  });

  it("is read, and goes with its resource", async () => {
    const outs = await made();
    expect(await handler.read("i", decode(outs), call)).toEqual(outs);
    await handler.delete("i", decode(outs), call);
    expect([...bucket.objects.keys()]).toEqual([names.record, "disks/me/k"]);
    expect(await handler.read("i", decode(outs), call)).toBeUndefined();
  });

  it("is made again by another key, of the same record, which stays", async () => {
    const outs = await made();
    const record = bucket.objects.get(names.record);
    const news = inputs(young).value;
    expect(handler.diff(outs, news)).toEqual({ changes: true, replaces: [] });
    const state = await rotated(outs);
    expect([await by(young), await by(old)]).toEqual(["signed", "refused"]);
    expect(bucket.objects.get(names.record)).toBe(record);
    expect(state).toMatchObject({ recordSha256: outs.recordSha256, statement: outs.statement });
    expect(handler.diff(state, news)).toEqual({ changes: false, replaces: [] });
  });

  it.each<[string, (store: FakeStore) => void, RegExp]>([
    [
      "the record",
      (b) => b.objects.set(names.record, JSON.stringify({ ...stored, arch: "s390x" })),
      /builds\/me\/k\.json was changed after it was signed/,
    ],
    ["the disk", (b) => b.objects.set("disks/me/k", "abd"), /disks\/me\/k was written again/],
    ["the record, which is gone", (b) => b.objects.delete(names.record), /builds\/me\/k\.json is not in the store/],
  ])("is not made again where somebody has changed %s", async (_what, change, why) => {
    const outs = await made();
    const before = bucket.objects.get(names.signature);
    change(bucket);
    await expect(rotated(outs)).rejects.toThrow(why);
    await expect(rotated(outs)).rejects.toThrow(/^nothing is signed: .*Find out who writes into the store/);
    expect(bucket.objects.get(names.signature)).toBe(before);
  });

  it("stays away, with another key too, of a build that a person has taken out of the store", async () => {
    const outs = await made();
    for (const object of [names.record, "disks/me/k"]) bucket.objects.delete(object);
    const news = inputs(young).value;
    const state = await rotated(outs);
    expect([...bucket.objects.keys()]).toEqual([]);
    expect(handler.diff(state, news).changes).toBe(false);
  });

  it("is made by another key though the disk is gone: its images stand without it", async () => {
    const outs = await made();
    bucket.objects.delete("disks/me/k");
    await rotated(outs);
    expect(await by(young)).toBe("signed");
  });

  const other = { ...stored.disk, sha256: "f".repeat(64) };
  it.each<[string, object, RegExp]>([
    ["another disk", { disk: other }, /was changed after it was checked \(disk\)/],
    ["other objects", { objects: { "raw.zst": { object: "disks/you/k", sizeBytes: 3 } } }, /\(objects\)/],
    ["another image", { imageDigest: `sha256:${"f".repeat(64)}` }, /\(imageDigest\)/],
    ["another snapshot", { snapshots: { "us-east-1": { ...snapshot, volumeGib: 2 } } }, /\(snapshots\)/],
    ["no snapshots", { snapshots: undefined }, /\(snapshots\)/],
    ["notes of its own", { notSent: { aws: "never" } }, /\(notSent\)/],
    ["no form of a record", { disk: undefined }, /the commit record can't be read/],
  ])("is never made of a record that is not the one that was checked: %s", async (_what, change, why) => {
    bucket.objects.set(names.record, JSON.stringify({ ...stored, ...change }));
    await expect(made()).rejects.toThrow(why);
    expect(bucket.objects.has(names.signature)).toBe(false);
  });

  it("is made as if new of a build that was made again, and in another store", async () => {
    const outs = await made();
    const again = { ...stored, disk: other };
    bucket.objects.set(names.record, JSON.stringify(again));
    await rotated(outs, { artifact: { ...artifact, disk: other } });
    expect(await by(young)).toBe("signed");
    const moved = { store: { bucket: "c", region: "r" }, artifact: { ...artifact, disk: other } };
    expect(handler.diff(outs, inputs(young, moved).value)).toEqual({ changes: true, replaces: [] });
  });

  it("is not made by another key than is said, nor by what is none", async () => {
    await expect(handler.create(inputs(old, { keyId: keyId(young.publicKey) }), call)).rejects.toThrow("not");
    await expect(handler.create(inputs(old, { privateKey: "AAAA" }), call)).rejects.toThrow("is neither PEM");
    expect(handler.check(inputs(old, { keyId: "" }))).toHaveLength(1);
    const unknown = { record: UNKNOWN, signature: UNKNOWN, artifact: UNKNOWN };
    expect(handler.check(inputs(old, unknown))).toEqual([]);
  });

  it("has another place for another key of the build", async () => {
    const news = inputs(old, { signature: "signatures/me/l.json" }).value;
    expect(handler.diff(await made(), news)).toEqual({ changes: true, replaces: ["signature"] });
  });
});
