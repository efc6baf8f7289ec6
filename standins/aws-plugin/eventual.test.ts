/** Every type, while EC2 does not know for some reads what it has just made. */
import { DescribeImagesCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeControl } from "../aws-emulator/control";
import { Lifecycle, startEmulated, type Emulated } from "./testing/plugin";

const PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJxGmmVhd5JQuEMWcvO6LUvV0XRHRgEcuVmpZw4N3wyN it";
const tags = { job: "build" };
let cloud: Emulated;
let made: { readonly resource: Lifecycle; readonly inputs: object }[];

beforeAll(async () => {
  cloud = await startEmulated();
});
afterAll(() => cloud.stop());

async function make(type: string, inputs: object, name = "it"): Promise<Lifecycle> {
  const resource = new Lifecycle(cloud.plugin, type, name);
  await resource.create({ ...inputs });
  made.push({ resource, inputs });
  return resource;
}

const stock = async () => {
  const { Images = [] } = await cloud.ec2().send(new DescribeImagesCommand({}));
  return Images.find((one) => one.Architecture === "x86_64")?.ImageId;
};
const registered = async (): Promise<object> => ({
  architecture: "x86_64",
  deprecationTime: "2031-01-01T00:00:00Z",
  ebsBlockDevices: [{ deviceName: "/dev/sda1", snapshotId: await cloud.snapshot(), volumeSize: 1, volumeType: "gp3" }],
  rootDeviceName: "/dev/sda1",
  virtualizationType: "hvm",
  tags,
});

it.each([1, 7])("is made, found whole by a refresh and goes, with %i reads that know nothing", async (reads) => {
  made = [];
  const [ami, ofImage] = [await stock(), await registered()];
  await makeControl(cloud.endpoint).unseenReads(reads);
  const image = await make("aws:ec2/ami:Ami", ofImage);
  await make("aws:ec2/amiCopy:AmiCopy", { name: "copy", sourceAmiId: image.id, sourceAmiRegion: "us-east-1", tags });
  await make("aws:ec2/amiLaunchPermission:AmiLaunchPermission", { imageId: image.id, accountId: "210987654321" });
  const group = await make("aws:ec2/securityGroup:SecurityGroup", {
    ingress: [{ protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: ["192.0.2.1/32"] }],
    tags,
  });
  const key = await make("aws:ec2/keyPair:KeyPair", { publicKey: PUBLIC_KEY, tags });
  const worker = { ami, instanceType: "t3.large", vpcSecurityGroupIds: [group.id], keyName: key.id, tags };
  await make("aws:ec2/instance:Instance", worker);
  await makeControl(cloud.endpoint).unseenReads(0);
  for (const { resource, inputs } of made) {
    expect(await resource.refresh()).toBe(true);
    expect(resource.diff({ ...inputs }).changed).toEqual([]);
  }
  for (const { resource } of made.reverse()) await resource.delete();
});

it.each([
  ["aws:ec2/keyPair:KeyPair", "InvalidKeyPair.Duplicate", () => Promise.resolve({ publicKey: PUBLIC_KEY })],
  ["aws:ec2/securityGroup:SecurityGroup", "InvalidGroup.Duplicate", () => Promise.resolve({})],
  ["aws:ec2/ami:Ami", "InvalidAMIName.Duplicate", registered],
])("%s whose first answer was lost is waited for", async (type, code, inputs) => {
  let lost = false;
  const lossy = cloud.configured({}, async (command, ask) => {
    const answer = await ask();
    if (lost || !/^(ImportKeyPair|CreateSecurityGroup|RegisterImage)Command$/.test(command)) return answer;
    lost = true;
    throw Object.assign(new Error("exists"), { name: code, $metadata: { attempts: 2 } });
  });
  const given = await inputs();
  await makeControl(cloud.endpoint).unseenReads(3);
  const it = new Lifecycle(lossy, type, "lost");
  await it.create({ ...given });
  expect(lost).toBe(true);
  await it.delete();
});
