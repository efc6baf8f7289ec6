/** What there is in the emulator's account, and what was asked of it. */
import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
} from "@aws-sdk/client-ec2";
import type { TestEmulator } from "../../../standins/aws-emulator/testing/emulator";

export const NOTHING = { instances: 0, volumes: 0, snapshots: 0, keys: 0, groups: 0, images: 0 };

/** Everything of the account's own in these regions, by kind. */
export async function left(emulator: TestEmulator, regions: readonly string[]): Promise<typeof NOTHING> {
  const total = { ...NOTHING };
  for (const region of regions) {
    const { ec2 } = emulator.clients({ region });
    const alive = { Filters: [{ Name: "instance-state-name", Values: ["pending", "running", "shutting-down"] }] };
    total.instances += ((await ec2.send(new DescribeInstancesCommand(alive))).Reservations ?? []).length;
    total.volumes += ((await ec2.send(new DescribeVolumesCommand({}))).Volumes ?? []).length;
    total.snapshots += ((await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ["self"] }))).Snapshots ?? []).length;
    total.keys += ((await ec2.send(new DescribeKeyPairsCommand({}))).KeyPairs ?? []).length;
    const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({}));
    total.groups += SecurityGroups.filter(({ GroupName }) => GroupName !== "default").length;
    total.images += ((await ec2.send(new DescribeImagesCommand({ Owners: ["self"] }))).Images ?? []).length;
  }
  return total;
}

/** Calls so far that change something, or would have. */
export async function writes(emulator: TestEmulator): Promise<number> {
  return Object.entries((await emulator.stats()).calls)
    .filter(([action]) => !/:(Describe|Get|List|Simulate)/.test(action))
    .reduce((total, [, { allowed, denied, failed }]) => total + allowed + denied + failed, 0);
}
