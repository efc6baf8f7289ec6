import {
  CopyImageCommand,
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  EnableImageDeprecationCommand,
  ModifyImageAttributeCommand,
  RegisterImageCommand,
  RunInstancesCommand,
  type Image,
} from "@aws-sdk/client-ec2";
import { GetSnapshotBlockCommand, ListSnapshotBlocksCommand, StartSnapshotCommand } from "@aws-sdk/client-ebs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  START_TIMEOUT,
  makeSnapshot,
  randomBlock,
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
beforeEach(() => emulator.reset());

function register(snapshot: string, fields: Partial<RegisterImageCommand["input"]> = {}): RegisterImageCommand {
  return new RegisterImageCommand({
    Name: "copr-builder-aarch64-g1-12345678",
    Description: "a builder",
    Architecture: "arm64",
    BootMode: "uefi",
    VirtualizationType: "hvm",
    EnaSupport: true,
    SriovNetSupport: "simple",
    ImdsSupport: "v2.0",
    RootDeviceName: "/dev/sda1",
    BlockDeviceMappings: [
      { DeviceName: "/dev/sda1", Ebs: { SnapshotId: snapshot, VolumeType: "gp3", DeleteOnTermination: true } },
    ],
    TagSpecifications: [{ ResourceType: "image", Tags: [{ Key: "arch", Value: "aarch64" }] }],
    ...fields,
  });
}

async function describeImage(id: string, { ec2 } = aws): Promise<Image> {
  const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [id] }));
  if (!Images?.[0]) throw new Error(`no image ${id}`);
  return Images[0];
}

async function available(id: string, clients = aws): Promise<Image> {
  for (let reads = 0; reads < 20; reads++) {
    const image = await describeImage(id, clients);
    if (image.State === "available") return image;
  }
  throw new Error(`${id} does not become available`);
}

async function registered(): Promise<{ id: string; snapshot: string }> {
  const snapshot = await makeSnapshot(aws);
  const { ImageId: id = "" } = await aws.ec2.send(register(snapshot));
  await available(id);
  return { id, snapshot };
}

describe("an image", () => {
  it("keeps every field it was registered with", async () => {
    const { id, snapshot } = await registered();
    expect(await describeImage(id)).toMatchObject({
      Name: "copr-builder-aarch64-g1-12345678",
      Description: "a builder",
      Architecture: "arm64",
      BootMode: "uefi",
      VirtualizationType: "hvm",
      EnaSupport: true,
      SriovNetSupport: "simple",
      ImdsSupport: "v2.0",
      RootDeviceName: "/dev/sda1",
      RootDeviceType: "ebs",
      OwnerId: "123456789012",
      Public: false,
      Tags: [{ Key: "arch", Value: "aarch64" }],
      BlockDeviceMappings: [
        {
          DeviceName: "/dev/sda1",
          Ebs: { SnapshotId: snapshot, VolumeSize: 1, VolumeType: "gp3", DeleteOnTermination: true },
        },
      ],
    });
  });

  it("is pending for some reads, and starts nothing before", async () => {
    const { ImageId: id = "" } = await aws.ec2.send(register(await makeSnapshot(aws)));
    await expect(
      aws.ec2.send(new RunInstancesCommand({ ImageId: id, InstanceType: "c7g.large", MinCount: 1, MaxCount: 1 })),
    ).rejects.toMatchObject({ name: "InvalidAMIID.Unavailable" });
    const states = [await describeImage(id), await describeImage(id), await describeImage(id)].map((i) => i.State);
    expect(states).toEqual(["pending", "pending", "available"]);
  });

  it("is found by owner and filters, and not by others'", async () => {
    const { id } = await registered();
    const find = async (input: DescribeImagesCommand["input"]): Promise<(string | undefined)[]> =>
      ((await aws.ec2.send(new DescribeImagesCommand(input))).Images ?? []).map((image) => image.ImageId);
    expect(await find({ Owners: ["self"] })).toEqual([id]);
    const filter = (Name: string, Value: string) => ({ Owners: ["self"], Filters: [{ Name, Values: [Value] }] });
    expect(await find(filter("name", "copr-builder-*"))).toEqual([id]);
    expect(await find(filter("tag:arch", "aarch64"))).toEqual([id]);
    expect(await find(filter("architecture", "x86_64"))).toEqual([]);
    expect(await find(filter("boot-mode", "uefi"))).toEqual([id]);
    const stock = await aws.ec2.send(
      new DescribeImagesCommand({
        Owners: ["125523088429"],
        Filters: [{ Name: "name", Values: ["Fedora-Cloud-Base-AmazonEC2.aarch64-*"] }],
      }),
    );
    expect(stock.Images).toMatchObject([{ Architecture: "arm64", State: "available", Public: true }]);
  });

  it("needs a snapshot that is there and completed, and a name of its own", async () => {
    const { snapshot } = await registered();
    await expect(aws.ec2.send(register(snapshot))).rejects.toMatchObject({ name: "InvalidAMIName.Duplicate" });
    await expect(aws.ec2.send(register("snap-00000000000000000", { Name: "other" }))).rejects.toMatchObject({
      name: "InvalidSnapshot.NotFound",
    });
    const { SnapshotId: unfinished = "" } = await aws.ebs.send(new StartSnapshotCommand({ VolumeSize: 1 }));
    await expect(aws.ec2.send(register(unfinished, { Name: "other" }))).rejects.toMatchObject({
      name: "IncorrectState",
    });
  });

  it("holds its snapshot until it is deregistered", async () => {
    const { id, snapshot } = await registered();
    const remove = new DeleteSnapshotCommand({ SnapshotId: snapshot });
    await expect(aws.ec2.send(remove)).rejects.toMatchObject({ name: "InvalidSnapshot.InUse" });
    await aws.ec2.send(new DeregisterImageCommand({ ImageId: id }));
    await aws.ec2.send(remove);
    await expect(describeImage(id)).rejects.toMatchObject({ name: "InvalidAMIID.NotFound" });
  });

  it("can be opened to accounts and to everyone, and be deprecated", async () => {
    const { id } = await registered();
    const permissions = async () =>
      (await aws.ec2.send(new DescribeImageAttributeCommand({ ImageId: id, Attribute: "launchPermission" })))
        .LaunchPermissions;
    const change = (LaunchPermission: ModifyImageAttributeCommand["input"]["LaunchPermission"]) =>
      aws.ec2.send(new ModifyImageAttributeCommand({ ImageId: id, LaunchPermission }));
    await change({ Add: [{ UserId: "111122223333" }, { Group: "all" }] });
    expect(await permissions()).toEqual([{ UserId: "111122223333" }, { Group: "all" }]);
    expect((await describeImage(id)).Public).toBe(true);
    await change({ Remove: [{ Group: "all" }] });
    expect(await permissions()).toEqual([{ UserId: "111122223333" }]);
    await expect(change({ Add: [{ UserId: "12" }] })).rejects.toMatchObject({ name: "InvalidAMIAttributeItemValue" });
    await aws.ec2.send(
      new EnableImageDeprecationCommand({ ImageId: id, DeprecateAt: new Date("2099-01-02T03:04:05Z") }),
    );
    expect((await describeImage(id)).DeprecationTime).toBe("2099-01-02T03:04:00.000Z");
    await expect(
      aws.ec2.send(new EnableImageDeprecationCommand({ ImageId: id, DeprecateAt: new Date("2001-01-01") })),
    ).rejects.toMatchObject({ name: "InvalidParameterValue" });
  });
});

describe("a copy in another region", () => {
  it("has the fields and a snapshot of its own with the same bytes, and comes once for a token", async () => {
    const block = randomBlock(5);
    const { ImageId: id = "" } = await aws.ec2.send(register(await makeSnapshot(aws, [block])));
    const elsewhere = emulator.clients({ region: "eu-west-1" });
    const copy = new CopyImageCommand({
      SourceImageId: id,
      SourceRegion: "us-east-1",
      Name: "copr-builder-aarch64-g1-12345678",
      ClientToken: "copy",
    });
    await expect(elsewhere.ec2.send(copy)).rejects.toMatchObject({ name: "InvalidAMIID.Unavailable" });
    const source = await available(id);
    const { ImageId: copied = "" } = await elsewhere.ec2.send(copy);
    expect((await elsewhere.ec2.send(copy)).ImageId).toBe(copied);
    expect((await describeImage(copied, elsewhere)).State).toBe("pending");
    const image = await available(copied, elsewhere);
    for (const field of ["Architecture", "BootMode", "ImdsSupport", "EnaSupport", "SriovNetSupport"] as const) {
      expect(image[field]).toBe(source[field]);
    }
    expect(image).toMatchObject({ SourceImageId: id, SourceImageRegion: "us-east-1", Tags: [] });
    const SnapshotId = image.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? "";
    expect(SnapshotId).not.toBe(source.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId);
    await expect(aws.ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [SnapshotId] }))).rejects.toThrow();
    const { Blocks } = await elsewhere.ebs.send(new ListSnapshotBlocksCommand({ SnapshotId }));
    const got = await elsewhere.ebs.send(
      new GetSnapshotBlockCommand({ SnapshotId, BlockIndex: 5, BlockToken: Blocks?.[0]?.BlockToken }),
    );
    expect(block.data.equals(Buffer.from((await got.BlockData?.transformToByteArray()) ?? []))).toBe(true);
  });
});
