/** Deletes everything of the account's own in a region, as a person would: the account itself stays the same one. */
import {
  DeleteKeyPairCommand,
  DeleteSecurityGroupCommand,
  DeleteSnapshotCommand,
  DeleteVolumeCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import type { TestEmulator } from "../../../standins/aws-emulator/testing/emulator";

/** Reads until a terminated instance is gone; the emulator's time passes with reads. */
const READS = 20;

export async function emptyAccount(emulator: TestEmulator, region: string): Promise<void> {
  const { ec2 } = emulator.clients({ region });
  const alive = { Filters: [{ Name: "instance-state-name", Values: ["pending", "running", "shutting-down"] }] };
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ["self"] }));
  for (const { ImageId } of Images) await ec2.send(new DeregisterImageCommand({ ImageId }));
  for (let read = 0; read < READS; read++) {
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand(alive));
    const InstanceIds = Reservations.flatMap(({ Instances = [] }) =>
      Instances.flatMap(({ InstanceId }) => InstanceId ?? []),
    );
    if (InstanceIds.length === 0) break;
    await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
  }
  const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({}));
  for (const { VolumeId } of Volumes) await ec2.send(new DeleteVolumeCommand({ VolumeId }));
  const { Snapshots = [] } = await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ["self"] }));
  for (const { SnapshotId } of Snapshots) await ec2.send(new DeleteSnapshotCommand({ SnapshotId }));
  const { KeyPairs = [] } = await ec2.send(new DescribeKeyPairsCommand({}));
  for (const { KeyName } of KeyPairs) await ec2.send(new DeleteKeyPairCommand({ KeyName }));
  const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({}));
  for (const { GroupId } of SecurityGroups.filter(({ GroupName }) => GroupName !== "default"))
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
}
