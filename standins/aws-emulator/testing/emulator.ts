/** An emulator for one test file, with clients of the official SDK. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompleteSnapshotCommand, EBSClient, PutSnapshotBlockCommand, StartSnapshotCommand } from "@aws-sdk/client-ebs";
import { DescribeSnapshotsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";
import { STSClient } from "@aws-sdk/client-sts";
import { startAwsEmulator, type AwsEmulator, type AwsEmulatorOptions } from "../start";

export const BLOCK_SIZE = 524_288;
/** Enough for a start on a machine that is busy with other tests, milliseconds. */
export const START_TIMEOUT = 90_000;

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Clients {
  readonly ec2: EC2Client;
  readonly ebs: EBSClient;
  readonly sts: STSClient;
  readonly iam: IAMClient;
  readonly kms: KMSClient;
}

export interface TestEmulator extends AwsEmulator {
  clients(options?: { region?: string; credentials?: Credentials; maxAttempts?: number }): Clients;
  remove(): Promise<void>;
}

export async function startForTests(options: Partial<AwsEmulatorOptions> = {}): Promise<TestEmulator> {
  const folder = await mkdtemp(join(tmpdir(), "aws-emulator-"));
  const emulator = await startAwsEmulator({ folder, ...options });
  const clients: TestEmulator["clients"] = ({ region = "us-east-1", credentials, maxAttempts = 1 } = {}) => {
    const config = {
      endpoint: emulator.endpoint,
      region,
      credentials: credentials ?? emulator.credentials,
      // One by default: a test sees each answer.
      maxAttempts,
    };
    return {
      ec2: new EC2Client(config),
      ebs: new EBSClient(config),
      sts: new STSClient(config),
      iam: new IAMClient(config),
      kms: new KMSClient(config),
    };
  };
  const remove = async (): Promise<void> => {
    try {
      await emulator.stop();
    } finally {
      await rm(folder, { recursive: true });
    }
  };
  return { ...emulator, clients, remove };
}

export interface Block {
  readonly index: number;
  readonly data: Buffer;
}

export function randomBlock(index: number): Block {
  return { index, data: randomBytes(BLOCK_SIZE) };
}

export function sha256(data: Buffer): Buffer {
  return createHash("sha256").update(data).digest();
}

export function putCommand(SnapshotId: string, { index, data }: Block): PutSnapshotBlockCommand {
  return new PutSnapshotBlockCommand({
    SnapshotId,
    BlockIndex: index,
    BlockData: data,
    DataLength: data.length,
    Checksum: sha256(data).toString("base64"),
    ChecksumAlgorithm: "SHA256",
  });
}

export function completeCommand(SnapshotId: string, blocks: readonly Block[]): CompleteSnapshotCommand {
  const sorted = [...blocks].sort((a, b) => a.index - b.index);
  return new CompleteSnapshotCommand({
    SnapshotId,
    ChangedBlocksCount: blocks.length,
    Checksum: sha256(Buffer.concat(sorted.map(({ data }) => sha256(data)))).toString("base64"),
    ChecksumAlgorithm: "SHA256",
    ChecksumAggregationMethod: "LINEAR",
  });
}

/** A snapshot of 1 GiB with these blocks, completed. */
export async function makeSnapshot(
  { ec2, ebs }: Clients,
  blocks = [randomBlock(0)],
  more: Partial<StartSnapshotCommand["input"]> = {},
): Promise<string> {
  const { SnapshotId: id = "" } = await ebs.send(new StartSnapshotCommand({ VolumeSize: 1, ...more }));
  for (const block of blocks) await ebs.send(putCommand(id, block));
  await ebs.send(completeCommand(id, blocks));
  for (;;) {
    const { Snapshots } = await ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [id] }));
    if (Snapshots?.[0]?.State === "completed") return id;
  }
}
