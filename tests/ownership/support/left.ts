/** What there is anywhere, each thing as one line: after a destroy, nothing but what was there before. */
import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
} from "@aws-sdk/client-ec2";
import { processesWith, type Process } from "../../../standins/world/process";
import { OTHER_POOL, POOL, REGIONS, type World } from "./world";

/** Objects, things of the account, volumes and domains, files on the worker. */
export async function things(world: World): Promise<string[]> {
  const account = await Promise.all(REGIONS.map((region) => accountThings(world, region)));
  return [
    ...objects(world),
    ...account.flat(),
    ...hypervisorThings(world),
    ...world.ibm.things(),
    ...world.worker.left().map((one) => `worker ${one}`),
  ].sort();
}

export function objects({ store }: World): string[] {
  if (!existsSync(store.data)) return [];
  const files = readdirSync(store.data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => `object ${relative(store.data, join(entry.parentPath, entry.name))}`);
}

function hypervisorThings({ libvirt }: World): string[] {
  const domains = libvirt.virsh("list", "--all", "--name").split("\n").filter(Boolean);
  const files = [POOL, OTHER_POOL].flatMap((pool) =>
    readdirSync(join(libvirt.pools, pool)).map((name) => `volume ${pool}/${name}`),
  );
  return [...domains.map((name) => `domain ${name}`), ...files];
}

async function accountThings({ emulator }: World, region: string): Promise<string[]> {
  const { ec2 } = emulator.clients({ region });
  const alive = { Filters: [{ Name: "instance-state-name", Values: ["pending", "running", "stopping", "stopped"] }] };
  const [images, snapshots, instances, volumes, keys, groups] = await Promise.all([
    ec2.send(new DescribeImagesCommand({ Owners: ["self"] })),
    ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ["self"] })),
    ec2.send(new DescribeInstancesCommand(alive)),
    ec2.send(new DescribeVolumesCommand({})),
    ec2.send(new DescribeKeyPairsCommand({})),
    ec2.send(new DescribeSecurityGroupsCommand({})),
  ]);
  const named = [
    ...(images.Images ?? []).map(({ ImageId, Name }) => ["image", ImageId, Name]),
    ...(snapshots.Snapshots ?? []).map(({ SnapshotId, State }) => ["snapshot", SnapshotId, State]),
    ...(instances.Reservations ?? []).flatMap(({ Instances = [] }) =>
      Instances.map((one) => ["instance", one.InstanceId, ""]),
    ),
    ...(volumes.Volumes ?? []).map(({ VolumeId }) => ["ebs volume", VolumeId, ""]),
    ...(keys.KeyPairs ?? []).map(({ KeyName }) => ["key", KeyName, ""]),
    ...(groups.SecurityGroups ?? [])
      .filter(({ GroupName }) => GroupName !== "default")
      .map(({ GroupId, GroupName }) => ["group", GroupId, GroupName]),
  ];
  return named.map((words) => `${region} ${words.join(" ").trim()}`);
}

/** Processes of runs in this world that still go on: engines, plugins, what they started. */
export function processes(world: World): Process[] {
  return processesWith(`TMPDIR=${join(world.folder, "tmp")}`);
}
