/** The AWS emulator for the tests of one file, with this process's SDKs pointed at it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetSnapshotBlockCommand, ListSnapshotBlocksCommand } from "@aws-sdk/client-ebs";
import { DescribeSnapshotsCommand } from "@aws-sdk/client-ec2";
import { afterAll, afterEach, beforeAll } from "vitest";
import { awsClients } from "../../../infra/aws/provider/clients";
import { type AwsEmulator, startAwsEmulator } from "../../../standins/aws-emulator/start";

export const REGION = "us-east-1";
const BLOCK = 512 * 1024;

/** Started before the first test, as at its start before each. */
export function useEmulator(): () => AwsEmulator {
  let emulator: AwsEmulator | undefined;
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "aws-emulator-"));
    emulator = await startAwsEmulator({ folder });
    Object.assign(process.env, emulator.environment);
  }, 90_000);
  afterEach(() => emulator?.reset());
  afterAll(async () => {
    await emulator?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 30_000);
  return () => {
    if (emulator === undefined) throw new Error("the emulator is not started yet");
    return emulator;
  };
}

/** The volume of a completed snapshot, block by block. */
export async function readVolume(snapshotId: string, bytes: number): Promise<Buffer> {
  const ebs = await awsClients().ebs(REGION);
  const volume = Buffer.alloc(Math.ceil(bytes / BLOCK) * BLOCK);
  for (let token: string | undefined; ;) {
    const page = await ebs.send(
      new ListSnapshotBlocksCommand({ SnapshotId: snapshotId, ...(token !== undefined && { NextToken: token }) }),
    );
    for (const { BlockIndex, BlockToken } of page.Blocks ?? []) {
      const block = await ebs.send(new GetSnapshotBlockCommand({ SnapshotId: snapshotId, BlockIndex, BlockToken }));
      volume.set((await block.BlockData?.transformToByteArray()) ?? [], (BlockIndex ?? 0) * BLOCK);
    }
    token = page.NextToken;
    if (token === undefined) return volume.subarray(0, bytes);
  }
}

/** Ids of all snapshots of this account. */
export async function snapshotIds(): Promise<string[]> {
  const ec2 = await awsClients().ec2(REGION);
  const { Snapshots = [] } = await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ["self"] }));
  return Snapshots.map(({ SnapshotId = "" }) => SnapshotId);
}
