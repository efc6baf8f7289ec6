import { expect, test } from "vitest";
import type { FormUpload } from "../agent-spec";
import { parseCommitRecord, readAnswer, readCommitRecord } from "./commit-record";
import { commitRecord } from "../testing/commit-record";

const build = {
  key: "0123456789abcdef".repeat(4),
  arch: "x86_64",
  objects: { "raw.zst": "disks/me/k", "packages.json": "packages/me/k" },
};
const good = commitRecord(build);
const data = { stretches: [[0, 1]], sha256: "a".repeat(64) };
const snapshot = { snapshotId: "snap-0a", volumeGib: 1, changedBlocks: 3, checksum: `${"A".repeat(43)}=` };

test("takes what agents write, those of before too, and nothing beside it", () => {
  expect(parseCommitRecord({ ...good, more: "x" })).toEqual(good);
  const { "packages.json": _, ...older } = good.objects;
  expect(parseCommitRecord({ ...good, objects: older }).objects).toEqual(older);
  expect(parseCommitRecord({ ...good, disk: { ...good.disk, data } }).disk.data).toEqual(data);
  const snapshots = { "us-east-1": snapshot };
  expect(parseCommitRecord({ ...good, snapshots }).snapshots).toEqual(snapshots);
});

test.each([
  ["version", { version: 2 }],
  ["key", { key: "K".repeat(64) }],
  ["arch", { arch: "x86_64; rm -rf /" }],
  ["disk.sizeBytes", { disk: { ...good.disk, sizeBytes: 11 * 2 ** 40 } }],
  ["disk.sizeBytes", { disk: { ...good.disk, sizeBytes: -1 } }],
  ["disk", { disk: { ...good.disk, dataBytes: 1025 } }],
  ["disk", { disk: { ...good.disk, data: { ...data, stretches: [[0, 2]] } } }],
  [
    "disk.data.stretches",
    {
      disk: {
        ...good.disk,
        data: {
          ...data,
          stretches: [
            [2, 1],
            [0, 1],
          ],
        },
      },
    },
  ],
  ["disk.data.stretches", { disk: { ...good.disk, data: { ...data, stretches: Array(65).fill([0, 1]) } } }],
  ["disk.data.stretches[0][1]", { disk: { ...good.disk, data: { ...data, stretches: [[0, 1e999]] } } }],
  ["disk.data.sha256", { disk: { ...good.disk, data: { ...data, sha256: "" } } }],
  ["disk.sha256", { disk: { ...good.disk, sha256: "" } }],
  ["objects", { objects: {} }],
  ["objects.raw.zst.sizeBytes", { objects: { "raw.zst": { object: "o", sizeBytes: 0.5 } } }],
  ["snapshots.us-east-1.snapshotId", { snapshots: { "us-east-1": { ...snapshot, snapshotId: "ami-0a" } } }],
  ["snapshots.everywhere", { snapshots: { everywhere: snapshot } }],
  ["worker.type", { worker: { platform: "aws", type: "\u001b[2J" } }],
  ["imageDigest", { imageDigest: "latest" }],
  ["firstBoot.notBooted", { firstBoot: { notBooted: "\u001b[2J" } }],
  ["firstBoot.seconds", { firstBoot: { by: "kvm", seconds: -1 } }],
  ["builtAt", { builtAt: "yesterday" }],
  ["seconds.build", { seconds: { ...good.seconds, build: -1 } }],
  ["seconds.build", { seconds: { ...good.seconds, build: null } }],
])("refuses what can't be: %s %j", (path, change) => {
  expect(() => parseCommitRecord({ ...good, ...change })).toThrow(`the commit record can't be read:\n  ${path}: `);
});

const blocks = (region: string, snapshotId: string) =>
  ({ format: "blocks", region, snapshotId, volumeGib: 1 }) as const;

test("what an agent says on its standard output is held to the same, and to what was begun", () => {
  const snapshots = { "us-east-1": snapshot };
  const say = (change: object, ...begun: readonly FormUpload[]) =>
    readAnswer(JSON.stringify({ ...good, ...change }), build, begun);
  expect(say({ snapshots }, blocks("us-east-1", "snap-0a")).snapshots).toEqual(snapshots);
  expect(() => readAnswer("done", build, [])).toThrow("the agent's answer is not a commit record: it is not JSON");
  expect(() => say({ seconds: {} })).toThrow("the commit record can't be read");
  expect(() => say({ key: "f".repeat(64) })).toThrow("refused: it is of build ffffffff");
  for (const begun of [[], [blocks("us-east-1", "snap-0b")], [blocks("eu-west-1", "snap-0a")]])
    expect(() => say({ snapshots }, ...begun)).toThrow(
      "it names snapshot snap-0a in us-east-1, which was not begun for it",
    );
});

test("and so is a body: what took it, its sums, and of a raw one how large it is", () => {
  const sums = { md5: "a".repeat(32), sha512: "b".repeat(128) };
  const body = { encoding: "raw", receiver: "image-1", sizeBytes: good.disk.sizeBytes, ...sums };
  const begun = { format: "put", name: "cloud", encoding: "raw", receiver: "image-1" } as const;
  const say = (change: object, ...uploads: readonly FormUpload[]) =>
    readAnswer(JSON.stringify({ ...good, bodies: { cloud: { ...body, ...change } } }), build, uploads);
  expect(say({}, begun).bodies).toEqual({ cloud: body });
  expect(say({ encoding: "qcow2", sizeBytes: 7 }, begun).bodies?.["cloud"]?.sizeBytes).toBe(7);
  expect(() => say({ sizeBytes: 7 }, begun)).toThrow("it sent another number of bytes to cloud than the disk has");
  const parts = { bytes: 2 ** 25, md5: "a".repeat(32) };
  expect(say({ sha256: "c".repeat(64), parts }, begun).bodies?.["cloud"]).toMatchObject({ parts });
  expect(() => say({ sha256: "c" }, begun)).toThrow("bodies.cloud.sha256: ");
  expect(() => say({ parts: { ...parts, bytes: 7 } }, begun)).toThrow("bodies.cloud.parts.bytes: ");
  expect(() => say({ sha512: "b" }, begun)).toThrow("bodies.cloud.sha512: must be a sha512 in hex");
  for (const other of [[], [{ ...begun, name: "sky" }], [{ ...begun, receiver: "image-2" }]])
    expect(() => say({}, ...other)).toThrow("it names image-1 as cloud, which was not begun for it");
});

test("a record is taken for the build that was asked for, and for no other", () => {
  expect(readCommitRecord(good, build)).toEqual(good);
  const read = (change: object) => () => readCommitRecord({ ...good, ...change }, build);
  expect(read({ key: undefined })).toThrow("the commit record can't be read:\n  key: ");
  expect(read({ key: "f".repeat(64), arch: "s390x" })).toThrow(
    "the commit record is refused: it is of build ffffffff, not of 01234567; it is of a disk for s390x, not for x86_64",
  );
  expect(() => readCommitRecord(undefined, build)).toThrow("the commit record can't be read");
});
