/** The stand-in's calls, as the emulator records them, held against the table of the official plugin's. */
import { DescribeImagesCommand, DescribeSecurityGroupsCommand, DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeControl } from "../aws-emulator/control";
import { CALLS } from "./calls";
import { RESOURCES } from "./resources";
import { Lifecycle, startEmulated, type Emulated } from "./testing/plugin";

const PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJxGmmVhd5JQuEMWcvO6LUvV0XRHRgEcuVmpZw4N3wyN it";
const tags = { job: "build", more: "x" };

let cloud: Emulated;
beforeAll(async () => {
  cloud = await startEmulated();
});
afterAll(() => cloud.stop());

/** Calls made by this, as the table writes them. */
async function callsOf(act: () => Promise<unknown>): Promise<string[]> {
  const { stats } = makeControl(cloud.endpoint);
  const before = (await stats()).log.length;
  await act();
  const made = (await stats()).log
    .slice(before)
    .filter(({ action }) => action.startsWith("ec2:"))
    .map(({ action, tagged }) => `${action.slice("ec2:".length)}${tagged ? "+tags" : ""}`);
  return made.filter((action, index) => action !== made[index - 1]);
}

async function live(type: string, inputs: object, next?: object) {
  const resource = new Lifecycle(cloud.plugin, type);
  const made: Record<string, string[]> = {};
  made["create"] = await callsOf(() => resource.create({ ...inputs }));
  made["read"] = await callsOf(() => resource.refresh());
  made["update"] = next === undefined ? [] : await callsOf(() => resource.update({ ...next }));
  return { made, resource };
}

async function expectTable(type: string, inputs: object, next?: object): Promise<void> {
  const { made, resource } = await live(type, inputs, next);
  made["delete"] = await callsOf(() => resource.delete());
  const { sources, ...table } = CALLS[type] ?? { sources: [] };
  expect(sources.length).toBeGreaterThan(0);
  expect(made).toEqual(table);
}

async function image() {
  const snapshotId = await cloud.snapshot();
  return {
    name: "builder",
    architecture: "x86_64",
    description: "one",
    deprecationTime: "2031-01-01T00:00:00Z",
    ebsBlockDevices: [{ deviceName: "/dev/sda1", snapshotId, volumeSize: 1, volumeType: "gp3" }],
    rootDeviceName: "/dev/sda1",
    virtualizationType: "hvm",
    tags,
  };
}

const changed = <T extends { readonly deprecationTime: string }>({ deprecationTime: _gone, ...rest }: T) => ({
  ...rest,
  description: "two",
  tags: { job: "other" },
});

describe("the calls of", () => {
  it("every type that is served are in the table", () => {
    expect(Object.keys(CALLS).sort()).toEqual(Object.keys(RESOURCES).sort());
  });

  it("an image are the official plugin's: registered without tags, which follow", async () => {
    const inputs = await image();
    await expectTable("aws:ec2/ami:Ami", inputs, changed(inputs));
  });

  it("a copy: its snapshot is deleted at once, and only here", async () => {
    const source = new Lifecycle(cloud.plugin, "aws:ec2/ami:Ami", "source");
    await source.create({ ...(await image()), name: "source" });
    const { name, description, deprecationTime } = await image();
    const inputs = { name, description, deprecationTime, tags, sourceAmiId: source.id, sourceAmiRegion: "us-east-1" };
    await expectTable("aws:ec2/amiCopy:AmiCopy", inputs, changed(inputs));
    await source.delete();
  });

  it("a launch permission", async () => {
    const shared = new Lifecycle(cloud.plugin, "aws:ec2/ami:Ami", "shared");
    await shared.create({ ...(await image()), name: "shared" });
    const inputs = { imageId: shared.id, accountId: "210987654321" };
    await expectTable("aws:ec2/amiLaunchPermission:AmiLaunchPermission", inputs);
    await shared.delete();
  });

  it("a key pair and a security group", async () => {
    await expectTable(
      "aws:ec2/keyPair:KeyPair",
      { publicKey: PUBLIC_KEY, tags },
      { publicKey: PUBLIC_KEY, tags: { a: "1" } },
    );
    const rule = (address: string) => ({ protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: [address] });
    const egress = [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }];
    const inputs = { ingress: [rule("192.0.2.1/32")], egress, tags };
    await expectTable("aws:ec2/securityGroup:SecurityGroup", inputs, { ...inputs, ingress: [rule("192.0.2.9/32")] });
  });

  it("a spot instance of a burstable type: the request is cancelled before the instance goes", async () => {
    const ec2 = cloud.ec2();
    const { Images = [] } = await ec2.send(new DescribeImagesCommand({}));
    const ami = Images.find((one) => one.Architecture === "x86_64")?.ImageId;
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
    const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({}));
    const group = SecurityGroups.find(({ VpcId }) => VpcId === Subnets[0]?.VpcId)?.GroupId ?? "";
    const other = new Lifecycle(cloud.plugin, "aws:ec2/securityGroup:SecurityGroup", "other");
    await other.create({ vpcId: Subnets[0]?.VpcId });
    const inputs = {
      ami,
      instanceType: "t3.large",
      subnetId: Subnets[0]?.SubnetId,
      associatePublicIpAddress: true,
      vpcSecurityGroupIds: [group],
      rootBlockDevice: { volumeSize: 10 },
      instanceMarketOptions: { marketType: "spot", spotOptions: { spotInstanceType: "one-time" } },
      tags,
      volumeTags: tags,
    };
    await expectTable("aws:ec2/instance:Instance", inputs, { ...inputs, vpcSecurityGroupIds: [group, other.id] });
    await other.delete();
  });
});
