import {
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  DeregisterImageCommand,
  type Image,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { IncompleteError } from "../../provider-kit/server";
import { UNKNOWN, urn } from "../../provider-kit/testing/wire";
import { Lifecycle, startEmulated, type Emulated } from "./testing/plugin";

const AMI = "aws:ec2/ami:Ami";
const COPY = "aws:ec2/amiCopy:AmiCopy";
const PERMISSION = "aws:ec2/amiLaunchPermission:AmiLaunchPermission";

let cloud: Emulated;
let snapshotId: string;
beforeAll(async () => {
  cloud = await startEmulated();
  snapshotId = await cloud.snapshot();
});
afterAll(() => cloud.stop());

const inputs = () => ({
  name: "builder-g1",
  architecture: "arm64",
  bootMode: "uefi",
  description: "a builder",
  ebsBlockDevices: [
    { deviceName: "/dev/sda1", snapshotId, volumeSize: 10, volumeType: "gp3", iops: 3000, throughput: 125 },
  ],
  enaSupport: true,
  imdsSupport: "v2.0",
  rootDeviceName: "/dev/sda1",
  virtualizationType: "hvm",
  tags: { arch: "aarch64" },
});

async function look(id: string, region?: string): Promise<Image | undefined> {
  const command = new DescribeImagesCommand({ ImageIds: [id], IncludeDeprecated: true });
  return (await cloud.ec2(region).send(command)).Images?.[0];
}
async function hasSnapshot(id: string, region?: string): Promise<boolean> {
  const { Snapshots = [] } = await cloud.ec2(region).send(new DescribeSnapshotsCommand({ OwnerIds: ["self"] }));
  return Snapshots.some(({ SnapshotId }) => SnapshotId === id);
}

describe("an image", () => {
  it("is registered with every field as declared, and leaves its snapshot when it goes", async () => {
    const it = new Lifecycle(cloud.plugin, AMI);
    const state = await it.create(inputs());
    expect(await look(it.id)).toMatchObject({
      Name: "builder-g1",
      Architecture: "arm64",
      BootMode: "uefi",
      Description: "a builder",
      EnaSupport: true,
      ImdsSupport: "v2.0",
      RootDeviceName: "/dev/sda1",
      SriovNetSupport: "simple",
      VirtualizationType: "hvm",
      State: "available",
      Tags: [{ Key: "arch", Value: "aarch64" }],
      BlockDeviceMappings: [
        {
          DeviceName: "/dev/sda1",
          Ebs: {
            SnapshotId: snapshotId,
            VolumeSize: 10,
            VolumeType: "gp3",
            Iops: 3000,
            Throughput: 125,
            DeleteOnTermination: true,
          },
        },
      ],
    });
    expect(state).toMatchObject({
      arn: `arn:aws:ec2:us-east-1::image/${it.id}`,
      rootSnapshotId: snapshotId,
      manageEbsSnapshots: false,
      ebsBlockDevices: [{ snapshotId, volumeSize: 10 }],
    });
    expect(it.diff(inputs()).changed).toEqual([]);
    expect(await it.refresh()).toBe(true);
    expect(it.diff(inputs()).changed).toEqual([]);
    for (const [key, value] of Object.entries({ architecture: "x86_64", bootMode: "uefi-preferred", name: "other" })) {
      expect(it.diff({ ...inputs(), [key]: value }).replaces).toEqual([key]);
    }
    expect(it.diff({ ...inputs(), ebsBlockDevices: UNKNOWN }).replaces).toEqual(["ebsBlockDevices"]);
    await it.delete();
    expect(await it.refresh()).toBe(false);
    expect(await hasSnapshot(snapshotId)).toBe(true);
    await it.delete();
  });

  it("changes its description, deprecation and tags in place", async () => {
    const it = new Lifecycle(cloud.plugin, AMI);
    await it.create({ ...inputs(), deprecationTime: "2031-01-01T00:00:00Z" });
    expect((await look(it.id))?.DeprecationTime).toMatch(/^2031-01-01T00:00:00/);
    const next = {
      ...inputs(),
      description: "another",
      deprecationTime: "2032-02-02T00:00:00Z",
      tags: { arch: "arm" },
    };
    const difference = it.diff(next);
    expect([...difference.changed].sort()).toEqual(["deprecationTime", "description", "tags"]);
    expect(difference.replaces).toEqual([]);
    await it.update(next);
    expect(await look(it.id)).toMatchObject({
      Description: "another",
      DeprecationTime: expect.stringMatching(/^2032-02-02T00:00:00/),
      Tags: [{ Key: "arch", Value: "arm" }],
    });
    await it.refresh();
    expect(it.diff(next).changed).toEqual([]);
    const { deprecationTime: _never, ...kept } = next;
    await it.update(kept);
    expect((await look(it.id))?.DeprecationTime ?? "").toBe("");
    await it.delete();
  });

  it("that is made twice by a lost answer is one image", async () => {
    const lossy = cloud.configured({}, async (command, ask) => {
      const answer = await ask();
      if (command !== "RegisterImageCommand") return answer;
      throw Object.assign(new Error("exists"), { name: "InvalidAMIName.Duplicate", $metadata: { attempts: 2 } });
    });
    const it = new Lifecycle(lossy, AMI);
    await it.create({ ...inputs(), name: "twice" });
    expect((await look(it.id))?.Name).toBe("twice");
    await it.delete();
  });

  it("that fails is kept, with Amazon's reason", async () => {
    const failing = cloud.configured({}, async (command, ask) => {
      const answer = await ask();
      const { Images = [] } = answer.output as { Images?: Image[] };
      const StateReason = { Code: "Client.UserInitiatedTest", Message: "no luck" };
      if (command === "DescribeImagesCommand")
        for (const image of Images) Object.assign(image, { State: "failed", StateReason });
      return answer;
    });
    const it = new Lifecycle(failing, AMI);
    const failure: unknown = await it.create({ ...inputs(), name: "fails" }).catch((error: unknown) => error);
    if (!(failure instanceof IncompleteError)) throw failure;
    expect(failure.message).toBe(`image ${failure.id} is failed: Client.UserInitiatedTest: no luck`);
    await Object.assign(new Lifecycle(cloud.plugin, AMI), { id: failure.id, state: failure.state }).delete();
    expect(await look(failure.id).catch(() => undefined)).toBeUndefined();
  });

  it("has the official defaults, and refuses what can't be", () => {
    const check = (news: Record<string, unknown>) => cloud.plugin.check(urn(AMI, "image"), {}, news, Buffer.from("s"));
    expect(check({}).inputs).toMatchObject({
      architecture: "x86_64",
      sriovNetSupport: "simple",
      virtualizationType: "paravirtual",
      name: expect.stringMatching(/^image-[0-9a-f]{7}$/),
    });
    const ebsBlockDevices = [{ deviceName: "/dev/sda1", snapshotId: "snap-0", encrypted: true }];
    const { failures } = check({
      architecture: "ppc64le",
      ebsBlockDevices,
      kernelId: "aki-0",
      deprecationTime: "soon",
    });
    expect(failures.map(({ property }) => property).sort()).toEqual([
      "architecture",
      "deprecationTime",
      "ebsBlockDevices[0].encrypted",
      "kernelId",
    ]);
  });
});

describe("a copy of an image", () => {
  it("is in its region, with the fields of its source, and takes its own snapshot along when it goes", async () => {
    const source = new Lifecycle(cloud.plugin, AMI);
    await source.create({ ...inputs(), name: "source" });
    const copy = new Lifecycle(cloud.plugin, COPY);
    const wanted = {
      name: "copy",
      sourceAmiId: source.id,
      sourceAmiRegion: "us-east-1",
      region: "eu-west-1",
      deprecationTime: "2031-01-01T00:00:00Z",
      tags: { arch: "aarch64" },
    };
    const state = await copy.create(wanted);
    const made = await look(copy.id, "eu-west-1");
    expect(made).toMatchObject({ Name: "copy", Architecture: "arm64", BootMode: "uefi", ImdsSupport: "v2.0" });
    expect(made?.Tags).toEqual([{ Key: "arch", Value: "aarch64" }]);
    const own = made?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? "";
    expect(own).not.toBe(snapshotId);
    expect(state).toMatchObject({ manageEbsSnapshots: true, rootSnapshotId: own, region: "eu-west-1" });
    expect(await hasSnapshot(own, "eu-west-1")).toBe(true);
    await copy.refresh();
    expect(copy.diff(wanted).changed).toEqual([]);
    expect(copy.diff({ ...wanted, sourceAmiId: "ami-0" }).replaces).toEqual(["sourceAmiId"]);
    await copy.delete();
    expect(await copy.refresh()).toBe(false);
    expect(await hasSnapshot(own, "eu-west-1")).toBe(false);
    await copy.delete();
    expect(await hasSnapshot(snapshotId)).toBe(true);
    await source.delete();
  });

  it("leaves its snapshot if somebody else deregistered it, as the official plugin does", async () => {
    const source = new Lifecycle(cloud.plugin, AMI);
    await source.create({ ...inputs(), name: "source" });
    const copy = new Lifecycle(cloud.plugin, COPY);
    const state = await copy.create({ sourceAmiId: source.id, sourceAmiRegion: "us-east-1", region: "eu-west-1" });
    const own = String(state["rootSnapshotId"]);
    await cloud.ec2("eu-west-1").send(new DeregisterImageCommand({ ImageId: copy.id }));
    expect(await hasSnapshot(own, "eu-west-1")).toBe(true);
    await copy.delete();
    expect(await hasSnapshot(own, "eu-west-1")).toBe(true);
    await source.delete();
  });

  it("does not try again to delete a snapshot that is in use a moment longer", async () => {
    const source = new Lifecycle(cloud.plugin, AMI);
    await source.create({ ...inputs(), name: "source" });
    const busy = cloud.configured({}, (command, ask) => {
      if (command !== "DeleteSnapshotCommand") return ask();
      throw Object.assign(new Error("in use"), { name: "InvalidSnapshot.InUse" });
    });
    const copy = new Lifecycle(busy, COPY);
    await copy.create({ sourceAmiId: source.id, sourceAmiRegion: "us-east-1", region: "eu-west-1" });
    await expect(copy.delete()).rejects.toThrow(/is gone, but not its snapshots: snap-\w+: DeleteSnapshot: .*in use/);
    expect(await copy.refresh()).toBe(false);
    await source.delete();
  });
});

describe("a launch permission", () => {
  it("lets an account or everybody in, until it is deleted", async () => {
    const image = new Lifecycle(cloud.plugin, AMI);
    await image.create({ ...inputs(), name: "shared" });
    const allowed = async () => {
      const command = new DescribeImageAttributeCommand({ ImageId: image.id, Attribute: "launchPermission" });
      return (await cloud.ec2().send(command)).LaunchPermissions ?? [];
    };
    const account = new Lifecycle(cloud.plugin, PERMISSION);
    await account.create({ imageId: image.id, accountId: "210987654321" });
    expect(account.id).toBe(`${image.id}-210987654321`);
    const everybody = new Lifecycle(cloud.plugin, PERMISSION);
    await everybody.create({ imageId: image.id, group: "all" });
    expect(await allowed()).toEqual(expect.arrayContaining([{ UserId: "210987654321" }, { Group: "all" }]));
    expect(await account.refresh()).toBe(true);
    expect(account.diff({ imageId: image.id, accountId: "210987654321" }).changed).toEqual([]);
    await everybody.delete();
    expect(await allowed()).toEqual([{ UserId: "210987654321" }]);
    expect(await everybody.refresh()).toBe(false);
    await image.delete();
    expect(await account.refresh()).toBe(false);
    await account.delete();
  });

  it("is for one, account or group", () => {
    const check = (news: Record<string, unknown>) => cloud.plugin.check(urn(PERMISSION), {}, news, Buffer.from("s"));
    expect(check({ imageId: "ami-0" }).failures.map(({ property }) => property)).toEqual(["accountId"]);
    expect(check({ imageId: "ami-0", accountId: "1" }).failures[0]?.reason).toContain("twelve digits");
    expect(check({ imageId: UNKNOWN, accountId: "210987654321" }).failures).toEqual([]);
  });
});
