/** A snapshot to make images from, for tests. */
import { CompleteSnapshotCommand, EBSClient, StartSnapshotCommand } from "@aws-sdk/client-ebs";
import { EC2Client, waitUntilSnapshotCompleted } from "@aws-sdk/client-ec2";

/** Its id. Nothing is in it. 1 GiB. */
export async function emptySnapshot(where: {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}): Promise<string> {
  const ebs = new EBSClient(where);
  const { SnapshotId } = await ebs.send(new StartSnapshotCommand({ VolumeSize: 1 }));
  if (SnapshotId === undefined) throw new Error("StartSnapshot gave no id");
  await ebs.send(new CompleteSnapshotCommand({ SnapshotId, ChangedBlocksCount: 0 }));
  const client = new EC2Client(where);
  await waitUntilSnapshotCompleted(
    { client, maxWaitTime: 10, minDelay: 0.1, maxDelay: 0.1 },
    { SnapshotIds: [SnapshotId] },
  );
  return SnapshotId;
}
