/** DescribeImageReferences: what names an AMI, what a request must be like, and who may ask. */
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateCommand,
  DescribeImageReferencesCommand,
  DescribeImagesCommand,
  RegisterImageCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
  type DescribeImageReferencesCommandInput,
} from "@aws-sdk/client-ec2";
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, it } from "vitest";
import { EMULATOR_ACCOUNT } from "./start";
import { makeSnapshot, START_TIMEOUT, startForTests, type Clients, type TestEmulator } from "./testing/emulator";

let emulator: TestEmulator;
let clients: Clients;
let image: string;
let other: string;
beforeAll(async () => {
  emulator = await startForTests({ pendingReads: 0 });
  clients = emulator.clients();
  [image, other] = [await register("one"), await register("other")];
}, START_TIMEOUT);
afterAll(() => emulator.remove());

async function register(Name: string): Promise<string> {
  const BlockDeviceMappings = [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId: await makeSnapshot(clients) } }];
  const machine = { Architecture: "x86_64", RootDeviceName: "/dev/sda1", VirtualizationType: "hvm" } as const;
  const { ImageId = "" } = await clients.ec2.send(new RegisterImageCommand({ Name, ...machine, BlockDeviceMappings }));
  // Looked at, it is available.
  await clients.ec2.send(new DescribeImagesCommand({ ImageIds: [ImageId] }));
  return ImageId;
}

async function template(LaunchTemplateName: string, ImageId: string): Promise<string> {
  const LaunchTemplateData = { ImageId };
  const made = await clients.ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName, LaunchTemplateData }));
  return made.LaunchTemplate?.LaunchTemplateId ?? "";
}

const ask = (more: Partial<DescribeImageReferencesCommandInput> = {}, { ec2 } = clients) =>
  ec2.send(new DescribeImageReferencesCommand({ ImageIds: [image], IncludeAllResourceTypes: true, ...more }));
const types = async (more?: Partial<DescribeImageReferencesCommandInput>) =>
  (await ask(more)).ImageReferences?.map(({ ResourceType }) => ResourceType);
const arn = (thing: string) => `arn:aws:ec2:us-east-1:${EMULATOR_ACCOUNT}:${thing}`;
const states = (...OptionValues: string[]) => ({
  ResourceType: "ec2:Instance" as const,
  ResourceTypeOptions: [{ OptionName: "state-name" as const, OptionValues }],
});
const depth = (...OptionValues: string[]) => ({
  ResourceType: "ec2:LaunchTemplate" as const,
  ResourceTypeOptions: [{ OptionName: "version-depth" as const, OptionValues }],
});

it("names an instance and a launch template by type and ARN, of the images that are asked about alone", async () => {
  const input = { ImageId: image, InstanceType: "t3.large", MinCount: 1, MaxCount: 1 } as const;
  const { Instances } = await clients.ec2.send(new RunInstancesCommand(input));
  const id = Instances?.[0]?.InstanceId ?? "";
  const named = await template("named", image);
  expect((await ask()).ImageReferences).toEqual([
    { ImageId: image, ResourceType: "ec2:Instance", Arn: arn(`instance/${id}`) },
    { ImageId: image, ResourceType: "ec2:LaunchTemplate", Arn: arn(`launch-template/${named}`) },
  ]);
  expect((await ask({ ImageIds: [other] })).ImageReferences ?? []).toEqual([]);
  expect(await types({ IncludeAllResourceTypes: false, ResourceTypes: [depth("1")] })).toEqual(["ec2:LaunchTemplate"]);
  await clients.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  // All states by themselves, one that has ended too; else those that are named.
  expect(await types()).toEqual(["ec2:Instance", "ec2:LaunchTemplate"]);
  expect(await types({ ResourceTypes: [states("pending", "running")] })).toEqual(["ec2:LaunchTemplate"]);
  await clients.ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: named }));
  expect((await ask({ ResourceTypes: [states("running")] })).ImageReferences ?? []).toEqual([]);
});

it("looks at the ten newest versions of a template, or at as many as are asked for", async () => {
  const LaunchTemplateId = await template("versions", other);
  const next = { LaunchTemplateId, LaunchTemplateData: { ImageId: image } };
  for (let made = 0; made < 10; made++) await clients.ec2.send(new CreateLaunchTemplateVersionCommand(next));
  const found = async (more: Partial<DescribeImageReferencesCommandInput> = {}) =>
    (await ask({ ImageIds: [other], ...more })).ImageReferences?.length ?? 0;
  expect(await found()).toBe(0);
  expect(await found({ ResourceTypes: [depth("11")] })).toBe(1);
  await clients.ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId }));
});

it("comes in pages of five and more", async () => {
  const made: string[] = [];
  for (let number = 0; number < 7; number++) made.push(await template(`page-${number}`, other));
  const page = (NextToken?: string) =>
    ask({ ImageIds: [other], MaxResults: 5, ...(NextToken === undefined ? {} : { NextToken }) });
  const first = await page();
  const second = await page(first.NextToken);
  const all = [first, second].flatMap(({ ImageReferences = [] }) => ImageReferences.map(({ Arn }) => Arn));
  expect(all.sort()).toEqual(made.map((id) => arn(`launch-template/${id}`)).sort());
  expect(second.NextToken).toBeUndefined();
  await expect(page("made-up")).rejects.toMatchObject({ name: "InvalidNextToken" });
});

it.each([
  ["no image", () => ({ ImageIds: [] }), "MissingParameter"],
  ["eleven images", () => ({ ImageIds: Array.from({ length: 11 }, () => image) }), "InvalidParameterValue"],
  ["what is no id", () => ({ ImageIds: ["image"] }), "InvalidAMIID.Malformed"],
  ["an image that is not there", () => ({ ImageIds: [image, "ami-0123456789abcdef0"] }), "InvalidAMIID.NotFound"],
  ["no type", () => ({ IncludeAllResourceTypes: false }), "MissingParameter"],
  ["four results", () => ({ MaxResults: 4 }), "InvalidParameterValue"],
  ["a state that is none", () => ({ ResourceTypes: [states("gone")] }), "InvalidParameterValue"],
  ["no version", () => ({ ResourceTypes: [depth("0")] }), "InvalidParameterValue"],
  [
    "an option of another type",
    () => ({ ResourceTypes: [{ ...depth("3"), ResourceType: "ssm:Parameter" as const }] }),
    "InvalidParameterCombination",
  ],
])("refuses a request for %s", async (_, more, name) => {
  await expect(ask(more())).rejects.toMatchObject({ name });
});

it("asks IAM for itself and, through EC2, for all that it reads in the caller's name", async () => {
  await clients.iam.send(new CreateUserCommand({ UserName: "asker" }));
  const { AccessKey } = await clients.iam.send(new CreateAccessKeyCommand({ UserName: "asker" }));
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  };
  const asker = emulator.clients({ credentials });
  const itself = { Effect: "Allow", Action: ["ec2:DescribeImageReferences", "ec2:Describe*s"], Resource: "*" };
  const through = (service: string) => ({
    ...{ Effect: "Allow", Action: ["ec2:Describe*", "ssm:*", "imagebuilder:*"], Resource: "*" },
    Condition: { "ForAnyValue:StringEquals": { "aws:CalledVia": [service] } },
  });
  const allow = (...Statement: object[]) =>
    clients.iam.send(
      new PutUserPolicyCommand({
        ...{ UserName: "asker", PolicyName: "p" },
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
      }),
    );
  await emulator.enforceIam(true);
  await allow(through("ec2-images.amazonaws.com"));
  await expect(ask({}, asker)).rejects.toThrow(/not authorized to perform: ec2:DescribeImageReferences/);
  await allow(itself, through("ec2.amazonaws.com"));
  await expect(ask({}, asker)).rejects.toThrow(/not authorized to perform: ssm:DescribeParameters/);
  await expect(ask({ DryRun: true }, asker)).rejects.toMatchObject({ name: "DryRunOperation" });
  await allow(itself, through("ec2-images.amazonaws.com"));
  expect((await ask({}, asker)).$metadata.httpStatusCode).toBe(200);
  await emulator.enforceIam(false);
});
