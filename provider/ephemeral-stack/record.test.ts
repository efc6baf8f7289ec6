import { expect, test } from "vitest";
import { type FakeStore, fakeStore, WRITTEN } from "../fake-store";
import { commitRecord } from "../../contract/testing/commit-record";
import { testKey } from "../../contract/testing/signing-keys";
import { signStatement } from "../../contract/record-signature";
import { statementOf } from "../signed-record";
import { lookAtRecord } from "./record";

const ARGS = { store: { bucket: "b", region: "r" }, object: "builds/k.json", objectsField: "objects" };
const record = { key: "k", objects: { "raw.zst": { object: "disks/k", sizeBytes: 3 } } };
const NOW = WRITTEN.getTime() + 60_000;

const KEY = "0123456789abcdef".repeat(4);
const ME = "abcdefgh2345";
const build = {
  key: KEY,
  arch: "x86_64",
  objects: { "raw.zst": "disks/me/k", "packages.json": "packages/me/k" },
  identity: ME,
};

/** Tags by region and id. */
type Snapshots = Readonly<Record<string, Readonly<Record<string, string>>>>;

function look(store: FakeStore, more: { args?: object; snapshots?: Snapshots; since?: number; now?: number } = {}) {
  const formTags = (region: string, id: string) => Promise.resolve(more.snapshots?.[`${region}/${id}`]);
  return lookAtRecord({ store, now: () => more.now ?? NOW, formTags }, { ...ARGS, ...more.args }, more.since);
}

/** A store that has what a worker stored, beside what is another's. */
const stored = (written: unknown): FakeStore =>
  fakeStore({
    "builds/k.json": typeof written === "string" ? written : JSON.stringify(written),
    ...{ "disks/me/k": "abc", "packages/me/k": "[1]", "disks/other/k": "abc" },
  });

test("no record, nothing done", async () => {
  expect(await look(fakeStore({}))).toEqual({ kind: "missing" });
});

test("whole when every object is there with its size", async () => {
  const store = fakeStore({ "builds/k.json": JSON.stringify(record), "disks/k": "abc" });
  expect(await look(store)).toEqual({ kind: "whole", record, notes: [] });
});

test("an object that is gone or of another size, and a record that names none", async () => {
  const text = JSON.stringify(record);
  expect(await look(fakeStore({ "builds/k.json": text }))).toEqual({ kind: "broken", why: "disks/k is not there" });
  expect(await look(fakeStore({ "builds/k.json": text, "disks/k": "ab" }))).toEqual({
    kind: "broken",
    why: "disks/k has 2 bytes, not 3",
  });
  expect(await look(fakeStore({ "builds/k.json": "{}" }))).toMatchObject({ kind: "broken" });
});

test("what is not JSON is work to be done again, not an error for ever", async () => {
  expect(await look(stored("{"))).toEqual({ kind: "broken", why: "it is not JSON" });
});

test("a worker whose clock is ten days slow does not make its disk ten days older", async () => {
  const state = await look(stored(commitRecord(build)), { args: { build } });
  expect(state).toEqual({
    kind: "whole",
    record: { ...commitRecord(build), builtAt: WRITTEN.toISOString() },
    notes: [],
  });
});

test.each([
  ["of just now: by the store's clock", {}, WRITTEN],
  ["the store's clock is fast", { now: WRITTEN.getTime() - 3_600_000 }, new Date(WRITTEN.getTime() - 3_600_000)],
  ["the store's clock is slow", { since: NOW - 1000 }, new Date(NOW - 1000)],
  ["found from an earlier run", { now: NOW + 864e6 }, WRITTEN],
])("when it was built: %s", async (_, clocks, expected) => {
  const state = await look(stored(commitRecord(build)), { args: { build }, ...clocks });
  expect(state).toMatchObject({ record: { builtAt: expected.toISOString() } });
});

const snapshot = { snapshotId: "snap-0a", volumeGib: 1, changedBlocks: 3, checksum: `${"A".repeat(43)}=` };

test.each([
  ["another key", { key: "f".repeat(64) }, "it is of build ffffffff, not of 01234567"],
  ["another architecture", { arch: "s390x" }, "it is of a disk for s390x, not for x86_64"],
  [
    "another's object",
    { objects: { "raw.zst": { object: "disks/other/k", sizeBytes: 3 } } },
    "it names disks/other/k as raw.zst, which this build was not given",
  ],
  [
    "its own disk as the list of packages",
    { objects: { ...commitRecord(build).objects, "packages.json": { object: "disks/me/k", sizeBytes: 3 } } },
    "it names disks/me/k as packages.json, which this build was not given",
  ],
  [
    "one object more",
    { objects: { ...commitRecord(build).objects, qcow2: { object: "disks/other/k", sizeBytes: 3 } } },
    "it names disks/other/k as qcow2, which this build was not given",
  ],
  [
    "a disk larger than its snapshot",
    { snapshots: { "us-east-1": snapshot }, disk: { ...commitRecord(build).disk, sizeBytes: 2 ** 31 } },
    "the disk can't be in snapshot snap-0a in us-east-1, whose volume has 1 GiB",
  ],
  [
    "a week and a day of work",
    { seconds: { ...commitRecord(build).seconds, build: 8 * 86_400 } },
    "its steps took longer than a worker lives",
  ],
])("a record of %s is refused", async (_, change, why) => {
  const store = stored(commitRecord(build, change));
  expect(await look(store, { args: { build } })).toEqual({ kind: "broken", why: `refused: ${why}` });
  expect(store.deleted).toEqual([]);
});

const tags = (owner: string | undefined, key = KEY) => ({
  "build-key": key,
  ...(owner === undefined ? {} : { "copr-builders-owner": owner }),
});

test.each([
  ["of this stack and build", tags(ME), "taken"],
  ["of this build, from before stacks had identities", tags(undefined), "taken"],
  ["of another stack", tags("zzzzzzzzzzzz"), "refused"],
  ["of another build of ours", tags(ME, "f".repeat(64)), "refused"],
  ["of somebody else's", {}, "refused"],
  ["that is gone", undefined, "left out"],
])("a snapshot %s: %s", async (_, found, what) => {
  const claimed = commitRecord(build, { snapshots: { "us-east-1": snapshot } });
  const snapshots: Snapshots = found === undefined ? {} : { "us-east-1/snap-0a": found };
  const state = await look(stored(claimed), { args: { build }, snapshots });
  const expected = {
    taken: { kind: "whole", record: { snapshots: { "us-east-1": snapshot } }, notes: [] },
    refused: {
      kind: "broken",
      why: "refused: it names snapshot snap-0a in us-east-1, which was not begun for this build",
    },
    "left out": {
      kind: "whole",
      record: { snapshots: {} },
      notes: ["snapshot snap-0a in us-east-1 is gone; it is made again from the store"],
    },
  };
  expect(state).toMatchObject(expected[what as keyof typeof expected]);
});

test("where records are signed, one that is there before the work is believed only if it is; one of the work itself is signed later", async () => {
  const [key, other] = [testKey("a"), testKey("b")];
  const signed = { signature: "signatures/k.json", trusted: [key.publicPem] };
  const store = stored(commitRecord(build));
  const before = () => look(store, { args: { build, signed } });
  expect(await before()).toEqual({ kind: "broken", why: "it is not signed" });
  expect(await look(store, { args: { build, signed }, since: 0 })).toMatchObject({ kind: "whole" });
  const bytes = Buffer.from(store.objects.get("builds/k.json") ?? "");
  const statement = await statementOf(store, "builds/k.json", bytes);
  const sign = (by: typeof key) => store.put(signed.signature, JSON.stringify(signStatement(statement, by.privateKey)));
  await sign(other);
  expect(await before()).toMatchObject({
    kind: "broken",
    why: expect.stringMatching(/^refused: signatures\/k\.json is by a key/),
  });
  await sign(key);
  expect(await before()).toEqual(await look(store, { args: { build } }));
  store.objects.set("builds/k.json", `${bytes.toString()} `);
  expect(await before()).toMatchObject({
    kind: "broken",
    why: "refused: builds/k.json was changed after it was signed",
  });
  expect(await look(fakeStore({}), { args: { build, signed } })).toEqual({ kind: "missing" });
});
