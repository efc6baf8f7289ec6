/** Keys of KMS: what EC2 and EBS direct ask IAM of them in a caller's name. */
import { StartSnapshotCommand } from "@aws-sdk/client-ebs";
import {
  CopyImageCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  EnableEbsEncryptionByDefaultCommand,
  GetEbsDefaultKmsKeyIdCommand,
  ModifyEbsDefaultKmsKeyIdCommand,
  RegisterImageCommand,
} from "@aws-sdk/client-ec2";
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { CreateGrantCommand, CreateKeyCommand, DescribeKeyCommand, ListGrantsCommand } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeSnapshot, putCommand, randomBlock, START_TIMEOUT, startForTests } from "./testing/emulator";
import type { Clients, TestEmulator } from "./testing/emulator";

let emulator: TestEmulator;
let us: string;
let eu: string;
let user: { readonly accessKeyId: string; readonly secretAccessKey: string };

beforeAll(async () => {
  emulator = await startForTests({ pendingReads: 0 });
  const { iam } = emulator.clients();
  await iam.send(new CreateUserCommand({ UserName: "user" }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "user" }));
  user = { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
  [us, eu] = [await makeKey("us-east-1"), await makeKey("eu-west-1")];
  await emulator.enforceIam(true);
}, START_TIMEOUT);
afterAll(() => emulator.remove());

async function makeKey(region: string): Promise<string> {
  const { KeyMetadata } = await emulator.clients({ region }).kms.send(new CreateKeyCommand({}));
  return KeyMetadata?.Arn ?? "";
}

/** Clients of somebody who may do everything but what is said of keys. */
async function allowed(...statements: readonly object[]): Promise<(region?: string) => Clients> {
  const rest = { Effect: "Allow", Action: ["ec2:*", "ebs:*"], Resource: "*" };
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [rest, ...statements] });
  await emulator.clients().iam.send(new PutUserPolicyCommand({ UserName: "user", PolicyName: "p", PolicyDocument }));
  return (region = "us-east-1") => emulator.clients({ region, credentials: user });
}

const through = (region: string) => ({ StringLike: { "kms:ViaService": `ec2.${region}.amazonaws.com*` } });
const letUse = (Resource: string, region: string) => [
  { Effect: "Allow", Action: ["kms:D*", "kms:E*", "kms:G*", "kms:R*"], Resource, Condition: through(region) },
  {
    ...{ Effect: "Allow", Action: "kms:CreateGrant", Resource },
    Condition: { ...through(region), Bool: { "kms:GrantIsForAWSResource": "true" } },
  },
];
const sealed = (KmsKeyArn: string) => new StartSnapshotCommand({ VolumeSize: 1, Encrypted: true, KmsKeyArn });

it("a snapshot under a key is begun and written by whom EC2 may use the key for, and by nobody else", async () => {
  const may = (await allowed(...letUse(us, "us-east-1")))();
  const { SnapshotId = "", KmsKeyArn } = await may.ebs.send(sealed(us));
  expect(KmsKeyArn).toBe(us);
  await may.ebs.send(putCommand(SnapshotId, randomBlock(0)));
  // By hand, without EC2 between.
  await expect(may.kms.send(new DescribeKeyCommand({ KeyId: us }))).rejects.toThrow(/kms:DescribeKey/);
  const not = (await allowed(...letUse(us, "us-east-1").slice(0, 1)))();
  await expect(not.ebs.send(sealed(us))).rejects.toThrow(/kms:CreateGrant/);
  await expect(not.ebs.send(putCommand(SnapshotId, randomBlock(1)))).rejects.toThrow(/kms:CreateGrant/);
  await not.ebs.send(new StartSnapshotCommand({ VolumeSize: 1, Encrypted: true }));
});

it("a copy is encrypted with the key of its own region, by whom EC2 may use both keys for", async () => {
  const root = emulator.clients();
  const { ec2 } = (await allowed(...letUse(us, "eu-west-1"), ...letUse(eu, "eu-west-1")))("eu-west-1");
  const SnapshotId = await makeSnapshot(root, [randomBlock(0)], { Encrypted: true, KmsKeyArn: us });
  const BlockDeviceMappings = [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId } }];
  const machine = { Architecture: "x86_64", RootDeviceName: "/dev/sda1", VirtualizationType: "hvm" } as const;
  const { ImageId } = await root.ec2.send(
    new RegisterImageCommand({ Name: "sealed", ...machine, BlockDeviceMappings }),
  );
  const { Images: [image] = [] } = await root.ec2.send(new DescribeImagesCommand({ ImageIds: [ImageId ?? ""] }));
  expect(image).toMatchObject({ State: "available", BlockDeviceMappings: [{ Ebs: { Encrypted: true } }] });
  const source = { Name: "copy", SourceImageId: ImageId, SourceRegion: "us-east-1" };
  await ec2.send(new CopyImageCommand({ ...source, Encrypted: true, KmsKeyId: eu }));
  const { Snapshots } = await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ["self"] }));
  expect(Snapshots).toEqual([expect.objectContaining({ Encrypted: true, KmsKeyId: eu })]);
  const other = (await allowed(...letUse(eu, "eu-west-1")))("eu-west-1");
  const again = new CopyImageCommand({ ...source, Name: "again", Encrypted: true, KmsKeyId: eu });
  await expect(other.ec2.send(again)).rejects.toThrow(us);
});

it("the account's own key is used where nothing else is said", async () => {
  const { ec2, ebs } = emulator.clients();
  expect((await ec2.send(new GetEbsDefaultKmsKeyIdCommand({}))).KmsKeyId).toBe("alias/aws/ebs");
  await ec2.send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId: us }));
  expect((await ec2.send(new GetEbsDefaultKmsKeyIdCommand({}))).KmsKeyId).toBe(us);
  await ec2.send(new EnableEbsEncryptionByDefaultCommand({}));
  expect((await ebs.send(new StartSnapshotCommand({ VolumeSize: 1 }))).KmsKeyArn).toBe(us);
});

it("grants on a key are told by whom they are for", async () => {
  const { kms } = emulator.clients();
  const GranteePrincipal = "arn:aws:iam::123456789012:role/a";
  await kms.send(new CreateGrantCommand({ KeyId: us, GranteePrincipal, Operations: ["Decrypt"] }));
  const granted = async (to: string) =>
    (await kms.send(new ListGrantsCommand({ KeyId: us, GranteePrincipal: to }))).Grants?.length;
  expect([await granted(GranteePrincipal), await granted(`${GranteePrincipal}b`)]).toEqual([1, 0]);
});
