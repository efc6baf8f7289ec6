/** What people do beside the program: make, delete and replace things in the places it publishes to. */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  RegisterImageCommand,
} from "@aws-sdk/client-ec2";
import { makeSnapshot } from "../../../standins/aws-emulator/testing/emulator";
import { POOL, REGIONS, type World } from "./world";

/** Deletes every published image: volumes, AMIs and their snapshots. */
export async function deleteImages(world: World): Promise<void> {
  for (const name of volumes(world)) world.libvirt.virsh("vol-delete", "--pool", POOL, name);
  for (const region of REGIONS) await deleteAmis(world, region);
}

async function deleteAmis(world: World, region: string, named?: string): Promise<void> {
  const { ec2 } = world.emulator.clients({ region });
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ["self"] }));
  for (const image of Images.filter(({ Name }) => named === undefined || Name === named)) {
    await ec2.send(new DeregisterImageCommand({ ImageId: image.ImageId }));
    await ec2.send(new DeleteSnapshotCommand({ SnapshotId: image.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId }));
  }
}

/** Images without a mark of anybody's, of this name, in every place. */
export async function foreignImages(world: World, name: string): Promise<{ remove(): Promise<void> }> {
  const file = join(world.libvirt.pools, POOL, name);
  writeFileSync(file, "somebody else's");
  world.libvirt.virsh("pool-refresh", POOL);
  for (const region of REGIONS) {
    const clients = world.emulator.clients({ region });
    const SnapshotId = await makeSnapshot(clients);
    const root = { DeviceName: "/dev/sda1", Ebs: { SnapshotId } };
    const image = {
      Name: name,
      Architecture: "x86_64" as const,
      VirtualizationType: "hvm",
      RootDeviceName: "/dev/sda1",
    };
    await clients.ec2.send(new RegisterImageCommand({ ...image, BlockDeviceMappings: [root] }));
  }
  return {
    remove: async () => {
      rmSync(file);
      world.libvirt.virsh("pool-refresh", POOL);
      for (const region of REGIONS) await deleteAmis(world, region, name);
    },
  };
}

/** Puts something else in the place of the one published volume. */
export function replaceVolume(world: World): { readonly name: string; readonly theirs: string } {
  const [name] = volumes(world);
  if (name === undefined) throw new Error(`pool ${POOL} has no volume`);
  const theirs = "made by hand";
  rmSync(join(world.libvirt.pools, POOL, name));
  writeFileSync(join(world.libvirt.pools, POOL, name), theirs);
  world.libvirt.virsh("pool-refresh", POOL);
  return { name, theirs };
}

/** Not the marks beside them, which no pool shows. */
const volumes = ({ libvirt }: World): string[] =>
  readdirSync(join(libvirt.pools, POOL)).filter((name) => /^copr-builder-[^.]+$/.test(name));
