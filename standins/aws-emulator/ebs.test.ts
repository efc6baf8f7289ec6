import {
  GetSnapshotBlockCommand,
  ListChangedBlocksCommand,
  ListSnapshotBlocksCommand,
  StartSnapshotCommand,
} from "@aws-sdk/client-ebs";
import { DeleteSnapshotCommand, DescribeSnapshotsCommand, DescribeVolumesCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  BLOCK_SIZE,
  START_TIMEOUT,
  completeCommand,
  makeSnapshot,
  putCommand,
  randomBlock,
  sha256,
  startForTests,
  type Clients,
  type TestEmulator,
} from "./testing/emulator";

let emulator: TestEmulator;
let aws: Clients;

beforeAll(async () => {
  emulator = await startForTests();
  aws = emulator.clients();
}, START_TIMEOUT);
afterAll(() => emulator.remove());

async function start(fields: Partial<StartSnapshotCommand["input"]> = {}): Promise<string> {
  const { SnapshotId } = await aws.ebs.send(new StartSnapshotCommand({ VolumeSize: 1, ...fields }));
  return SnapshotId ?? "";
}

async function state(id: string): Promise<string | undefined> {
  const { Snapshots } = await aws.ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [id], OwnerIds: ["self"] }));
  return Snapshots?.[0]?.State;
}

describe("a snapshot", () => {
  it("is given back block by block, with gaps, and without a volume beside it", async () => {
    const blocks = [randomBlock(0), randomBlock(7), randomBlock(2047)];
    const id = await makeSnapshot(aws, blocks);
    const list = await aws.ebs.send(new ListSnapshotBlocksCommand({ SnapshotId: id }));
    expect(list).toMatchObject({ BlockSize: BLOCK_SIZE, VolumeSize: 1 });
    expect(list.Blocks?.map((block) => block.BlockIndex)).toEqual([0, 7, 2047]);
    for (const [position, { BlockIndex, BlockToken }] of (list.Blocks ?? []).entries()) {
      const got = await aws.ebs.send(new GetSnapshotBlockCommand({ SnapshotId: id, BlockIndex, BlockToken }));
      const bytes = Buffer.from((await got.BlockData?.transformToByteArray()) ?? []);
      expect(bytes.equals(blocks[position]?.data ?? Buffer.alloc(0))).toBe(true);
      expect(got.Checksum).toBe(sha256(bytes).toString("base64"));
    }
    expect((await aws.ec2.send(new DescribeVolumesCommand({}))).Volumes).toEqual([]);
    expect((await emulator.stats()).snapshots[id]).toMatchObject({ blocks: 3, puts: 3, bytes: 3 * BLOCK_SIZE });
  });

  it("stays pending for some reads after it is completed, and can't be read before", async () => {
    const id = await start({ Tags: [{ Key: "arch", Value: "x86_64" }], Description: "a disk" });
    const block = randomBlock(1);
    await aws.ebs.send(putCommand(id, block));
    await aws.ebs.send(completeCommand(id, [block]));
    await expect(aws.ebs.send(new ListSnapshotBlocksCommand({ SnapshotId: id }))).rejects.toMatchObject({
      name: "ValidationException",
    });
    expect([await state(id), await state(id), await state(id)]).toEqual(["pending", "pending", "completed"]);
    const { Snapshots } = await aws.ec2.send(
      new DescribeSnapshotsCommand({ Filters: [{ Name: "tag:arch", Values: ["x86_64"] }] }),
    );
    expect(Snapshots).toMatchObject([{ SnapshotId: id, VolumeSize: 1, Description: "a disk", Progress: "100%" }]);
  });

  it("takes no block once it is completed, and is gone with its data when deleted", async () => {
    const id = await makeSnapshot(aws);
    await expect(aws.ebs.send(putCommand(id, randomBlock(1)))).rejects.toMatchObject({ name: "ValidationException" });
    await aws.ec2.send(new DeleteSnapshotCommand({ SnapshotId: id }));
    await expect(state(id)).rejects.toMatchObject({ name: "InvalidSnapshot.NotFound" });
    await expect(aws.ebs.send(putCommand(id, randomBlock(1)))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    expect((await emulator.stats()).snapshots[id]).toBeUndefined();
  });

  it("tells what changed between two", async () => {
    const [same, before, after, gone] = [randomBlock(0), randomBlock(1), randomBlock(1), randomBlock(2)];
    const first = await makeSnapshot(aws, [same, before, gone]);
    const second = await makeSnapshot(aws, [same, after]);
    const { ChangedBlocks } = await aws.ebs.send(
      new ListChangedBlocksCommand({ FirstSnapshotId: first, SecondSnapshotId: second }),
    );
    expect(ChangedBlocks?.map((block) => [block.BlockIndex, block.SecondBlockToken !== undefined])).toEqual([
      [1, true],
      [2, false],
    ]);
  });

  it("is listed page by page", async () => {
    const id = await makeSnapshot(
      aws,
      Array.from({ length: 101 }, (_, index) => randomBlock(index)),
    );
    const first = await aws.ebs.send(new ListSnapshotBlocksCommand({ SnapshotId: id, MaxResults: 100 }));
    expect(first.Blocks).toHaveLength(100);
    const rest = await aws.ebs.send(new ListSnapshotBlocksCommand({ SnapshotId: id, NextToken: first.NextToken }));
    expect(rest.Blocks?.map((block) => block.BlockIndex)).toEqual([100]);
    expect(rest.NextToken).toBeUndefined();
  });
});

describe("what is wrong is refused", () => {
  const refused = { name: "ValidationException" };

  it("a block whose checksum is not that of its data", async () => {
    const id = await start();
    const command = putCommand(id, randomBlock(0));
    command.input.Checksum = sha256(Buffer.from("other")).toString("base64");
    await expect(aws.ebs.send(command)).rejects.toMatchObject({ ...refused, Reason: "INVALID_BLOCK" });
    expect((await emulator.stats()).snapshots[id]?.blocks).toBe(0);
  });

  it("a block of another size, or beyond the volume", async () => {
    const id = await start();
    await expect(aws.ebs.send(putCommand(id, { index: 0, data: Buffer.alloc(4096) }))).rejects.toMatchObject(refused);
    await expect(aws.ebs.send(putCommand(id, randomBlock(2048)))).rejects.toMatchObject(refused);
  });

  it("a completion with another count, or with a checksum that is not LINEAR over the blocks", async () => {
    const id = await start();
    const blocks = [randomBlock(3), randomBlock(1)];
    for (const block of blocks) await aws.ebs.send(putCommand(id, block));
    await expect(aws.ebs.send(completeCommand(id, blocks.slice(1)))).rejects.toMatchObject(refused);
    const unordered = completeCommand(id, blocks);
    unordered.input.Checksum = sha256(Buffer.concat(blocks.map(({ data }) => sha256(data)))).toString("base64");
    await expect(aws.ebs.send(unordered)).rejects.toMatchObject(refused);
    await aws.ebs.send(completeCommand(id, blocks));
  });
});

describe("a client token", () => {
  it("starts one snapshot, and none for another request", async () => {
    const [first, again] = [await start({ ClientToken: "one" }), await start({ ClientToken: "one" })];
    expect(again).toBe(first);
    await expect(start({ ClientToken: "one", VolumeSize: 2 })).rejects.toMatchObject({ name: "ConflictException" });
    expect(await start({ ClientToken: "two" })).not.toBe(first);
  });
});
