import { RegisterImageCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AwsPlugin } from "../plugin";
import { startEmulated, type Emulated } from "../testing/plugin";

const GET_AMI = "aws:ec2/getAmi:getAmi";
const GET_SUBNET = "aws:ec2/getSubnet:getSubnet";

let cloud: Emulated;
let plugin: AwsPlugin;
beforeAll(async () => {
  cloud = await startEmulated();
  plugin = cloud.plugin;
});
afterAll(() => cloud.stop());

describe("getAmi", () => {
  const filter = (name: string, value: string) => ({ name, values: [value] });
  const ours = (name: string) => ({ owners: ["self"], filters: [filter("name", name)] });

  beforeAll(async () => {
    const snapshot = await cloud.snapshot();
    for (const [Name, Architecture] of [
      ["stock-1-x86_64", "x86_64"],
      ["stock-1-arm64", "arm64"],
    ] as const) {
      const BlockDeviceMappings = [
        { DeviceName: "/dev/xvda", Ebs: { SnapshotId: snapshot, VolumeType: "gp3" } },
      ] as const;
      const TagSpecifications = [{ ResourceType: "image", Tags: [{ Key: "a", Value: "1" }] }] as const;
      const image = { Name, Architecture, RootDeviceName: "/dev/xvda", VirtualizationType: "hvm", EnaSupport: true };
      const request = { ...image, BlockDeviceMappings: [...BlockDeviceMappings] };
      await cloud.ec2().send(
        new RegisterImageCommand({
          ...request,
          TagSpecifications: TagSpecifications.map((s) => ({ ...s, Tags: [...s.Tags] })),
        }),
      );
    }
  });

  it("finds the one that matches, with all of its fields", async () => {
    const found = await plugin.invoke(GET_AMI, ours("stock-*-arm64"));
    expect(found).toMatchObject({
      id: expect.stringMatching(/^ami-/),
      name: "stock-1-arm64",
      architecture: "arm64",
      rootDeviceName: "/dev/xvda",
      rootDeviceType: "ebs",
      virtualizationType: "hvm",
      enaSupport: true,
      ownerId: "123456789012",
      tags: { a: "1" },
      region: "us-east-1",
      blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { volume_type: "gp3", delete_on_termination: "true" } }],
    });
    expect(found["imageId"]).toBe(found["id"]);
  });

  it("takes the newest if asked to, and never guesses", async () => {
    await expect(plugin.invoke(GET_AMI, ours("stock-*"))).rejects.toThrow(/2 images match: .*set mostRecent/);
    expect(await plugin.invoke(GET_AMI, { ...ours("stock-*"), mostRecent: true })).toMatchObject({ tags: { a: "1" } });
    expect(await plugin.invoke(GET_AMI, { ...ours("stock-*"), nameRegex: "x86_64$" })).toMatchObject({
      architecture: "x86_64",
    });
    await expect(plugin.invoke(GET_AMI, ours("nothing"))).rejects.toThrow(
      /in us-east-1, .*"nothing".*: no image matches/,
    );
    await expect(plugin.invoke(GET_AMI, { mostRecent: true, filters: [filter("name", "x")] })).rejects.toThrow(
      "takes anybody's image",
    );
    await expect(plugin.invoke(GET_AMI, { owners: ["self"], other: 1 })).rejects.toThrow(
      "other is served by the official",
    );
  });
});

describe("getSubnet", () => {
  it("finds the one that matches", async () => {
    const byZone = await plugin.invoke(GET_SUBNET, { availabilityZone: "us-east-1b", defaultForAz: true });
    expect(byZone).toMatchObject({
      id: expect.stringMatching(/^subnet-/),
      vpcId: expect.stringMatching(/^vpc-/),
      availabilityZone: "us-east-1b",
      cidrBlock: expect.stringMatching(/^172\.31\./),
    });
    expect(await plugin.invoke(GET_SUBNET, { id: byZone["id"] })).toEqual(byZone);
  });

  it("says how many match if it is not one", async () => {
    await expect(plugin.invoke(GET_SUBNET, { id: "subnet-0123456789abcdef0" })).rejects.toThrow("no subnet matches");
    await expect(plugin.invoke(GET_SUBNET, {})).rejects.toThrow(/\d subnets match/);
  });
});

describe("who and where", () => {
  it("asks STS for the caller, and knows the region", async () => {
    const me = await plugin.invoke("aws:index/getCallerIdentity:getCallerIdentity", {});
    expect(me).toMatchObject({ accountId: "123456789012", arn: expect.stringMatching(/^arn:aws:/) });
    expect(await plugin.invoke("aws:index/getRegion:getRegion", {})).toMatchObject({
      name: "us-east-1",
      endpoint: "ec2.us-east-1.amazonaws.com",
    });
  });

  it("serves no other function", async () => {
    await expect(plugin.invoke("aws:s3/getBucket:getBucket", {})).rejects.toThrow(
      "the function aws:s3/getBucket:getBucket is served by the official plugin",
    );
  });
});
