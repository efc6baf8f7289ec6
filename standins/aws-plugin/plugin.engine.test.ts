/** What a user of @pulumi/aws does, with the real engine, against an emulated cloud. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DeleteSnapshotCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  EC2Client,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAwsEmulator, type AwsEmulator } from "../aws-emulator/start";
import { makeProject, type ScratchProject } from "../../standins/testing/scratch-project";
import { emptySnapshot } from "./testing/snapshot";

const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";
const config = new pulumi.Config();
const stock = aws.ec2.getAmiOutput({ owners: [config.require("owner")], mostRecent: true, filters: [{ name: "architecture", values: ["x86_64"] }] });
const subnet = aws.ec2.getSubnetOutput({ defaultForAz: true, availabilityZone: "us-east-1a" });
const me = aws.getCallerIdentityOutput();
const tags = { job: config.get("job") ?? "first" };
const key = new aws.ec2.KeyPair("key", { publicKey: config.require("publicKey"), tags });
const group = new aws.ec2.SecurityGroup("group", {
  vpcId: subnet.vpcId,
  ingress: [{ protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: ["192.0.2.1/32"] }],
  egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }],
  tags,
});
const worker = new aws.ec2.Instance("worker", {
  ami: stock.id,
  instanceType: aws.ec2.InstanceType.T3_XLarge,
  subnetId: subnet.id,
  vpcSecurityGroupIds: [group.id],
  keyName: key.keyName,
  userData: pulumi.secret("#!/bin/sh\\necho the-secret-user-data\\n"),
  instanceInitiatedShutdownBehavior: "terminate",
  metadataOptions: { httpTokens: "required" },
  rootBlockDevice: { volumeSize: 20, volumeType: "gp3", encrypted: true },
  tags,
  volumeTags: tags,
}, { ignoreChanges: ["ami"] });
const image = new aws.ec2.Ami("image", {
  architecture: "arm64",
  bootMode: "uefi",
  description: "an image",
  ebsBlockDevices: [{ deviceName: "/dev/sda1", snapshotId: config.require("snapshot"), volumeSize: 10, volumeType: "gp3" }],
  enaSupport: true,
  imdsSupport: "v2.0",
  rootDeviceName: "/dev/sda1",
  virtualizationType: "hvm",
  tags,
});
const europe = new aws.Provider("europe", { region: "eu-west-1", defaultTags: { tags: { owner: "us" } } });
const copy = new aws.ec2.AmiCopy("copy", { sourceAmiId: image.id, sourceAmiRegion: "us-east-1", tags }, { provider: europe });
new aws.ec2.AmiLaunchPermission("permission", { imageId: image.id, accountId: "210987654321" });
export const ids = { worker: worker.id, image: image.id, copy: copy.id, key: key.keyName, group: group.id };
export const rootVolume = worker.rootBlockDevice.volumeId;
export const publicIp = worker.publicIp;
export const account = me.accountId;
`;
const PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJxGmmVhd5JQuEMWcvO6LUvV0XRHRgEcuVmpZw4N3wyN it";

let folder: string;
let emulator: AwsEmulator;
let project: ScratchProject;
let snapshot: string;

function ec2(region: string): EC2Client {
  return new EC2Client({ region, endpoint: emulator.endpoint, credentials: emulator.credentials });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "aws-plugin-"));
  emulator = await startAwsEmulator({ folder });
  const { endpoint, credentials } = emulator;
  snapshot = await emptySnapshot({ endpoint, credentials, region: "us-east-1" });
  project = makeProject("aws-plugin", PROGRAM, emulator.environment);
  expect(await project.pulumi("stack", "init", "dev")).toMatchObject({ code: 0 });
  // Fedora's account, whose stock images the emulator has.
  const owner = "125523088429";
  for (const [key, value] of Object.entries({ "aws:region": "us-east-1", owner, snapshot, publicKey: PUBLIC_KEY })) {
    expect(await project.pulumi("config", "set", key, value)).toMatchObject({ code: 0 });
  }
});
afterAll(async () => {
  project.remove();
  await emulator.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function pulumi(...args: string[]): Promise<string> {
  const { code, output } = await project.pulumi(...args);
  expect(code, output).toBe(0);
  return output;
}
const up = (...settings: string[]) => pulumi("up", "--yes", "--skip-preview", ...settings.flatMap((s) => ["-c", s]));

interface Outputs {
  readonly ids: Readonly<Record<"worker" | "image" | "copy" | "key" | "group", string>>;
  readonly rootVolume: string;
  readonly publicIp: string;
  readonly account: string;
}
const outputs = async () => JSON.parse(await pulumi("stack", "output", "--json")) as Outputs;

async function workerState(): Promise<unknown> {
  const { deployment } = JSON.parse(await pulumi("stack", "export")) as {
    deployment: { resources: { type: string; outputs?: unknown }[] };
  };
  return deployment.resources.find(({ type }) => type === "aws:ec2/instance:Instance")?.outputs;
}

// Each test goes on where the one before it ended, as a user does.
describe("a program that uses @pulumi/aws", () => {
  it("is previewed, with what is not known yet left open", async () => {
    const output = await pulumi("preview", "--diff");
    expect(output).toContain("+ 8 to create");
    expect(output).toMatch(/keyName *: "key-[0-9a-f]{7}"/);
    expect(output).not.toContain("the-secret-user-data");
  });

  it("comes up, each thing as declared", async () => {
    expect(await up()).toContain("+ 8 created");
    const { ids, ...rest } = await outputs();
    const { Reservations } = await ec2("us-east-1").send(new DescribeInstancesCommand({ InstanceIds: [ids.worker] }));
    const instance = Reservations?.[0]?.Instances?.[0];
    expect(instance).toMatchObject({ State: { Name: "running" }, KeyName: ids.key, InstanceType: "t3.xlarge" });
    expect(instance?.SecurityGroups?.map(({ GroupId }) => GroupId)).toEqual([ids.group]);
    expect(rest.publicIp).toBe(instance?.PublicIpAddress);
    expect(rest.rootVolume).toBe(instance?.BlockDeviceMappings?.[0]?.Ebs?.VolumeId);
    expect(rest.account).toBe("123456789012");
    const images = await ec2("us-east-1").send(new DescribeImagesCommand({ ImageIds: [ids.image] }));
    expect(images.Images?.[0]).toMatchObject({
      Architecture: "arm64",
      BootMode: "uefi",
      ImdsSupport: "v2.0",
      EnaSupport: true,
      SriovNetSupport: "simple",
      RootDeviceName: "/dev/sda1",
      VirtualizationType: "hvm",
      Tags: [{ Key: "job", Value: "first" }],
      BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId: snapshot, VolumeType: "gp3" } }],
    });
    const copies = await ec2("eu-west-1").send(new DescribeImagesCommand({ ImageIds: [ids.copy] }));
    expect(copies.Images?.[0]).toMatchObject({ Architecture: "arm64", State: "available" });
    expect(copies.Images?.[0]?.Tags).toEqual(expect.arrayContaining([{ Key: "owner", Value: "us" }]));
    const attribute = { ImageId: ids.image, Attribute: "launchPermission" } as const;
    const shared = await ec2("us-east-1").send(new DescribeImageAttributeCommand(attribute));
    expect(shared.LaunchPermissions).toEqual([{ UserId: "210987654321" }]);
  });

  it("has no secret in clear in its state", async () => {
    const state = await pulumi("stack", "export");
    expect(state).toContain("aws:ec2/instance:Instance");
    expect(state).not.toContain("the-secret-user-data");
  });

  it("does nothing when nothing changed, after a refresh too", async () => {
    expect(await pulumi("preview", "--expect-no-changes")).toContain("8 unchanged");
    expect(await pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")).toContain("8 unchanged");
    expect(await pulumi("preview", "--expect-no-changes")).toContain("8 unchanged");
  });

  it("changes tags in place", async () => {
    expect(await up("job=second")).toContain("~ 5 updated");
    const { ids } = await outputs();
    const { KeyPairs } = await ec2("us-east-1").send(new DescribeKeyPairsCommand({ KeyNames: [ids.key] }));
    expect(KeyPairs?.[0]?.Tags).toEqual([{ Key: "job", Value: "second" }]);
  });

  it("asks for the credits of a burstable type, as the official plugin does", async () => {
    expect((await emulator.stats()).calls["ec2:DescribeInstanceCreditSpecifications"]).toMatchObject({ failed: 0 });
  });

  it("shows that an instance was stopped by hand, and leaves it so, as the official plugin does", async () => {
    const { ids } = await outputs();
    const InstanceIds = [ids.worker];
    await ec2("us-east-1").send(new StopInstancesCommand({ InstanceIds }));
    await pulumi("refresh", "--yes", "--skip-preview");
    expect(await workerState()).toMatchObject({ instanceState: "stopped", publicIp: "" });
    expect(await up("job=second")).toContain("8 unchanged");
    expect((await outputs()).publicIp).toBe("");
    await ec2("us-east-1").send(new StartInstancesCommand({ InstanceIds }));
    await pulumi("refresh", "--yes", "--skip-preview");
    expect(await workerState()).toMatchObject({ instanceState: "running", publicIp: expect.stringMatching(/^127/) });
    expect(await up("job=second")).toContain("8 unchanged");
  });

  it("notices an instance that was ended, and makes another", async () => {
    const { ids } = await outputs();
    await ec2("us-east-1").send(new TerminateInstancesCommand({ InstanceIds: [ids.worker] }));
    expect(await pulumi("refresh", "--yes", "--skip-preview")).toContain("- 1 deleted");
    expect(await up("job=second")).toContain("+ 1 created");
    expect((await outputs()).ids.worker).not.toBe(ids.worker);
  });

  it("goes, and leaves nothing but the snapshot that it did not make", async () => {
    await pulumi("destroy", "--yes", "--skip-preview");
    for (const region of ["us-east-1", "eu-west-1"]) {
      const own = { OwnerIds: ["self"] };
      const { Snapshots = [] } = await ec2(region).send(new DescribeSnapshotsCommand(own));
      expect(Snapshots.map(({ SnapshotId }) => SnapshotId)).toEqual(region === "us-east-1" ? [snapshot] : []);
      const { Images } = await ec2(region).send(new DescribeImagesCommand({ Owners: ["self"] }));
      expect(Images).toEqual([]);
    }
    const cloud = ec2("us-east-1");
    const live = { Filters: [{ Name: "instance-state-name", Values: ["pending", "running", "stopping", "stopped"] }] };
    expect((await cloud.send(new DescribeInstancesCommand(live))).Reservations).toEqual([]);
    expect((await cloud.send(new DescribeVolumesCommand({}))).Volumes).toEqual([]);
    expect((await cloud.send(new DescribeKeyPairsCommand({}))).KeyPairs).toEqual([]);
    const { SecurityGroups = [] } = await cloud.send(new DescribeSecurityGroupsCommand({}));
    expect(SecurityGroups.map(({ GroupName }) => GroupName)).toEqual(["default"]);
    await cloud.send(new DeleteSnapshotCommand({ SnapshotId: snapshot }));
  });
});
