/** Names, ends and owners of AMIs against the emulator: what a killed run leaves, whose it is, and 200 look-alikes. */
import {
  CopyImageCommand,
  CreateTagsCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  RegisterImageCommand,
} from "@aws-sdk/client-ec2";
import { CompleteSnapshotCommand, StartSnapshotCommand } from "@aws-sdk/client-ebs";
import { beforeEach, expect, test } from "vitest";
import { awsLook, lostSnapshots } from "../../infra/aws/look";
import { awsOwned } from "../../infra/aws/owned";
import type { PlatformUse } from "../../infra/platform";
import type { AwsPlace, AwsWorker } from "../../infra/aws/settings";
import { awsClients } from "../../infra/aws/provider/clients";
import { awsImageNameHandler } from "../../infra/aws/provider/image-name/handler";
import { awsImageReadyHandler } from "../../infra/aws/provider/image-ready/handler";
import { imagesNamed } from "../../infra/aws/provider/images";
import { decode } from "../../provider/codec";
import { deleteSnapshotsOf } from "../../infra/aws/provider/ebs-lifecycle";
import { openSnapshots } from "../../infra/aws/provider/ebs-snapshots";
import { fakeCall } from "../../provider/fake-store";
import { useEmulator } from "./support/emulator";

const URN = "urn:pulumi:dev::p::builders:index:AwsImageName::x";
const ME = "abcdefgh2345";
const OTHER = "zbcdefgh2345";
const KEY = "ab".repeat(32);
const NAME = "copr-builder-x86_64-g1-abababab";
const [HERE, THERE] = ["us-east-1", "eu-west-1"] as const;

const emulator = useEmulator();
const clients = awsClients();
const sleep = () => Promise.resolve();
const names = awsImageNameHandler({ ec2: clients.ec2, sleep });
const ready = awsImageReadyHandler({ ec2: clients.ec2, sleep });
const owner = { identity: ME, resource: "x.aws" };

const tagList = (tags: Record<string, string>) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
const ours = (identity = ME) => ({ "copr-builders-stack": "dev", "copr-builders-owner": identity });

/** A completed, empty snapshot. */
async function snapshot(tags: Record<string, string>, region: string = HERE): Promise<string> {
  const ebs = await clients.ebs(region);
  const { SnapshotId = "" } = await ebs.send(new StartSnapshotCommand({ VolumeSize: 1, Tags: tagList(tags) }));
  await ebs.send(new CompleteSnapshotCommand({ SnapshotId, ChangedBlocksCount: 0 }));
  while ((await openSnapshots(clients)(region).find(SnapshotId))?.state !== "completed");
  return SnapshotId;
}

async function register(snapshotId: string, name = NAME, tags: Record<string, string> = {}): Promise<string> {
  const ec2 = await clients.ec2(HERE);
  const mapping = { DeviceName: "/dev/sda1", Ebs: { SnapshotId: snapshotId } };
  const { ImageId = "" } = await ec2.send(
    new RegisterImageCommand({ Name: name, RootDeviceName: "/dev/sda1", BlockDeviceMappings: [mapping] }),
  );
  if (Object.keys(tags).length > 0) {
    await ec2.send(new CreateTagsCommand({ Resources: [ImageId], Tags: tagList(tags) }));
  }
  return ImageId;
}

async function copy(sourceImageId: string): Promise<string> {
  while ((await imageIds()).length === 0 || !(await available(sourceImageId)));
  const ec2 = await clients.ec2(THERE);
  const input = { Name: NAME, SourceImageId: sourceImageId, SourceRegion: HERE };
  const { ImageId = "" } = await ec2.send(new CopyImageCommand(input));
  return ImageId;
}

async function available(id: string): Promise<boolean> {
  const { Images } = await (await clients.ec2(HERE)).send(new DescribeImagesCommand({ ImageIds: [id] }));
  return Images?.[0]?.State === "available";
}

async function imageIds(region: string = HERE): Promise<string[]> {
  const { Images = [] } = await (await clients.ec2(region)).send(new DescribeImagesCommand({ Owners: ["self"] }));
  return Images.map(({ ImageId = "" }) => ImageId);
}

async function snapshots(region: string = HERE): Promise<{ id: string; tags: Record<string, string> }[]> {
  const { Snapshots = [] } = await (
    await clients.ec2(region)
  ).send(new DescribeSnapshotsCommand({ OwnerIds: ["self"] }));
  return Snapshots.map(({ SnapshotId = "", Tags = [] }) => ({
    id: SnapshotId,
    tags: Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value])),
  }));
}

const inputs = (change: object) => ({ region: HERE, name: NAME, stack: "dev", owner, ...change });
const create = (change: object) => names.create(decode(inputs(change)), fakeCall(URN));
const settle = (imageId: string, change: object = {}) =>
  ready.create(
    decode({ region: HERE, imageId, name: NAME, stack: "dev", identity: ME, copied: false, ...change }),
    fakeCall(URN),
  );

let disk: string;
beforeEach(async () => {
  disk = await snapshot({ ...ours(), Name: "copr-builder-x86_64-abababab", "build-key": KEY });
});

test("an image that was registered and not tagged goes, and is made again; its disk stays", async () => {
  const { outs } = await create({ origin: { snapshotId: disk } });
  expect(outs).toMatchObject({ era: 1 });
  const half = await register(disk);
  expect(await awsLook({ region: HERE }, [NAME])).toEqual({
    identity: "aws-123456789012-us-east-1",
    images: [{ name: NAME, imageId: half, owner: ME, whole: false }],
  });
  const news = inputs({ origin: { snapshotId: disk }, again: "1" });
  expect(names.diff(outs, news)).toEqual({ changes: true, replaces: [] });
  const again = await names.update("x", decode(outs), decode(news), fakeCall(URN));
  expect(again).toMatchObject({ era: 2 });
  expect(await imageIds()).toEqual([]);
  expect((await snapshots()).map(({ id }) => id)).toEqual([disk]);
  // Given a second time it is nothing new, and without it neither.
  expect(names.diff(again, news)).toMatchObject({ changes: false });
  expect(names.diff(again, inputs({ origin: { snapshotId: disk } }))).toMatchObject({ changes: false });
});

test("one that a state knows stays, whatever is believed of it; when its name is deleted it goes", async () => {
  const { outs } = await create({ origin: { snapshotId: disk } });
  const image = await register(disk, NAME, { ...ours(), "copr-builders-resource": owner.resource });
  await settle(image);
  expect((await awsLook({ region: HERE }, [NAME])).images).toMatchObject([{ imageId: image, owner: ME, whole: true }]);
  const news = inputs({ origin: { snapshotId: disk }, again: "1" });
  expect(await names.update("x", decode(outs), decode(news), fakeCall(URN))).toMatchObject({ era: 1 });
  expect(await imageIds()).toEqual([image]);

  await names.delete("x", decode(outs), fakeCall(URN));
  await names.delete("x", decode(outs), fakeCall(URN));
  expect(await imageIds()).toEqual([]);
  const [left] = await snapshots();
  expect(left?.id).toBe(disk);
  expect(Object.keys(left?.tags ?? {})).not.toContain(`copr-builders-image:${image}`);
});

test("another snapshot makes the image again, which the new one could not stand beside", async () => {
  const { outs } = await create({ origin: { snapshotId: disk } });
  await settle(await register(disk, NAME, ours()));
  const other = await snapshot({ ...ours(), "build-key": KEY });
  const news = inputs({ origin: { snapshotId: other } });
  expect(names.diff(outs, news)).toEqual({ changes: true, replaces: [] });
  expect(await names.update("x", decode(outs), decode(news), fakeCall(URN))).toMatchObject({ era: 2 });
  expect(await imageIds()).toEqual([]);
});

test("a copy: half made it goes with its snapshot; whole, its snapshot is ours, and goes though the first try fails", async () => {
  const source = await register(disk, NAME, ours());
  const origin = { imageId: source, region: HERE };
  const { outs } = await create({ region: THERE, origin });
  const half = await copy(source);
  expect((await awsLook({ region: THERE }, [NAME])).images).toMatchObject([{ imageId: half, owner: ME, whole: false }]);
  const news = inputs({ region: THERE, origin: { imageId: "ami-0123", region: HERE } });
  // Whatever became of its source since.
  expect(names.diff(outs, news)).toMatchObject({ changes: false });
  const again = await names.update("x", decode(outs), decode({ ...news, origin, again: "1" }), fakeCall(URN));
  expect(again).toMatchObject({ era: 2, origin });
  expect({ images: await imageIds(THERE), snapshots: await snapshots(THERE) }).toEqual({ images: [], snapshots: [] });

  const whole = await copy(source);
  await settle(whole, { region: THERE, copied: true });
  expect(await snapshots(THERE)).toMatchObject([{ tags: { ...ours(), Name: NAME } }]);
  await emulator().faults({ action: "DeleteSnapshot", times: 1, status: 403, code: "UnauthorizedOperation" });
  await expect(names.delete("x", decode(again), fakeCall(URN))).rejects.toThrow();
  expect(await imageIds(THERE)).toEqual([]);
  expect(await snapshots(THERE)).toHaveLength(1);
  await names.delete("x", decode(again), fakeCall(URN));
  expect(await snapshots(THERE)).toEqual([]);
  expect(await imageIds()).toEqual([source]);
});

test("a copy whose snapshot is throttled once when it is deleted goes all the same", async () => {
  const source = await register(disk, NAME, ours());
  const { outs } = await create({ region: THERE, origin: { imageId: source, region: HERE } });
  await settle(await copy(source), { region: THERE, copied: true });
  await emulator().faults({ action: "DeleteSnapshot", times: 1, status: 503, code: "RequestLimitExceeded" });
  await names.delete("x", decode(outs), fakeCall(URN));
  expect({ images: await imageIds(THERE), snapshots: await snapshots(THERE) }).toEqual({ images: [], snapshots: [] });
});

test("a name that is another's is refused with whose it is; deleting leaves what is another's by then", async () => {
  const image = await register(await snapshot(ours(OTHER)), NAME, ours(OTHER));
  await expect(create({ origin: { snapshotId: disk } })).rejects.toThrow(
    `the name ${NAME} in ${HERE} is held by ${image}, which is of the stack with the identity ${OTHER}`,
  );
  const call = fakeCall(URN);
  await names.delete("x", decode(inputs({ origin: { snapshotId: disk }, era: 1 })), call);
  expect(call.said).toEqual([`${image} in ${HERE} is left alone: it belongs to ${OTHER} now`]);
  expect(await imageIds()).toEqual([image]);
});

test("an image of no mark, and one of another resource of ours, are refused too", async () => {
  const strange = await register(await snapshot({}));
  await expect(create({ origin: { snapshotId: disk } })).rejects.toThrow(`${strange}, which bears no mark of a stack`);
  const tags = { ...ours(), "copr-builders-resource": "y.aws" };
  await (await clients.ec2(HERE)).send(new CreateTagsCommand({ Resources: [strange], Tags: tagList(tags) }));
  await expect(create({ origin: { snapshotId: disk } })).rejects.toThrow(`${strange}, which is of this stack's y.aws`);
});

test("what a version made that knew no identities is in the state: it stays, and is marked", async () => {
  const before = { "copr-builders-stack": "dev" };
  const old = await snapshot({ ...before, "build-key": KEY });
  const image = await register(old, NAME, before);
  const { outs } = await create({ origin: { snapshotId: old } });
  expect(outs).toMatchObject({ era: 1 });
  const marks = (await snapshots()).find(({ id }) => id === old)?.tags ?? {};
  expect(marks[`copr-builders-image:${image}`]).toBe(NAME);
  // Then the plugin gives it the new tags, and a run is cut there: it is known for whole.
  await (await clients.ec2(HERE)).send(new CreateTagsCommand({ Resources: [image], Tags: tagList(ours()) }));
  expect((await awsLook({ region: HERE }, [NAME])).images).toMatchObject([{ imageId: image, owner: ME }]);
  const news = inputs({ origin: { snapshotId: old }, again: "1" });
  expect(await names.update("x", decode(outs), decode(news), fakeCall(URN))).toMatchObject({ era: 1 });
  const { diff } = ready;
  expect(diff({ region: HERE, imageId: image }, { region: HERE, imageId: image, name: NAME })).toEqual({
    changes: true,
    replaces: [],
  });
  await names.delete("x", decode(outs), fakeCall(URN));
  expect(await imageIds()).toEqual([]);
});

test("owned lists what bears the identity and what a killed run could not tag; removing leaves 200 look-alikes", async () => {
  const neighbours = await Promise.all(
    Array.from({ length: 100 }, async (_, n) => {
      const identity = ["abcdefgh234", "abcdefgh23456", "abcdefgh234*", "ABCDEFGH2345"][n % 4] ?? "";
      return snapshot({ ...ours(identity), Name: "copr-builder-x86_64-abababab", "build-key": KEY });
    }),
  );
  const theirs = await Promise.all(
    neighbours.map((id, n) => register(id, `${NAME}${"-._"[n % 3] ?? ""}${n}`, n % 2 ? ours("abcdefgh234?") : {})),
  );
  // Somebody's own image from our snapshot, under a name of theirs.
  const borrowed = await register(disk, "my-own");
  const half = await register(disk);
  const spec = { platform: "aws", region: HERE };
  const use = { stack: "dev", workers: [], places: [{ path: "t", arch: "x86_64", spec }] } as unknown as PlatformUse<
    AwsWorker,
    AwsPlace
  >;
  const things = await awsOwned(use, ME, { sleep });
  expect(things.map(({ kind, id }) => ({ kind, id }))).toEqual([
    { kind: "AMI", id: half },
    { kind: "snapshot", id: disk },
  ]);
  expect(things[1]).toMatchObject({ name: "copr-builder-x86_64-abababab", where: HERE, bytes: 1024 ** 3 });
  await things[0]?.remove();
  expect((await imageIds()).sort()).toEqual([...theirs, borrowed].sort());
  // In use by an image that is not ours: said, not passed over.
  let clock = 0;
  const [kept] = await awsOwned(use, ME, { sleep, now: () => (clock += 60_000) });
  await expect(kept?.remove()).rejects.toThrow(`snapshot ${disk} in ${HERE} is still there after 15 minutes`);
  expect((await snapshots()).map(({ id }) => id).sort()).toEqual([...neighbours, disk].sort());
});

test("of a build every snapshot of ours goes that no image uses; a lost one is seen by one list", async () => {
  const used = await snapshot({ ...ours(), "build-key": KEY });
  await register(used);
  const others = [
    await snapshot({ ...ours(OTHER), "build-key": KEY }),
    await snapshot({ ...ours(), "build-key": `${KEY}0` }),
  ];
  const lost = "cd".repeat(32);
  await emulator().pendingReads(0);
  expect(await lostSnapshots({ region: HERE }, ME, [KEY, lost])).toEqual([lost]);
  expect(await deleteSnapshotsOf(openSnapshots(clients)(HERE), ME, KEY)).toEqual([used]);
  expect((await snapshots()).map(({ id }) => id).sort()).toEqual([used, ...others].sort());
});

test("an image that reads do not know yet is waited for, and a state knows of it then", async () => {
  await emulator().unseenReads(4);
  const imageId = await register(disk, NAME, ours());
  await settle(imageId);
  await emulator().unseenReads(0);
  expect(await imagesNamed(clients.ec2, HERE, [NAME])).toMatchObject([{ imageId, owner: ME, settled: true }]);
});
