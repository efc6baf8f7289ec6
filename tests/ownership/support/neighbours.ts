/** 200 things a place that look like a stack's own, and are somebody else's. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { StartSnapshotCommand } from "@aws-sdk/client-ebs";
import {
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  ImportKeyPairCommand,
  RegisterImageCommand,
  type ResourceType,
} from "@aws-sdk/client-ec2";
import { makeKey } from "../../../standins/command-plugin/testing/sshd";
import { OWNER_TAG } from "../../../provider/owner";
import { STACK_TAG } from "../../../provider/owner";
import { makeSnapshot } from "../../../standins/aws-emulator/testing/emulator";
import { moveInAtIbm } from "./ibm-neighbours";
import { lookAlikes, type Own } from "./look-alikes";
import { POOL, REGIONS, type World } from "./world";
import type { PlatformName } from "../../../infra/specs";

const PLACES: Readonly<Partial<Record<PlatformName, (world: World, own: Own) => Promise<void>>>> = {
  libvirt: ({ libvirt }, own) => {
    for (const name of lookAlikes(own)) writeFileSync(join(libvirt.pools, POOL, name), `of a neighbour: ${name}`);
    libvirt.virsh("pool-refresh", POOL);
    return Promise.resolve();
  },
  ibm: ({ ibm }, own) => {
    moveInAtIbm(ibm, own, lookAlikes(own));
    return Promise.resolve();
  },
  aws: async (world, own) => {
    const { publicKey } = makeKey(world.folder, "neighbour");
    const clients = world.emulator.clients({ region: REGIONS[0] });
    const { ec2, ebs } = clients;
    const tags = (name: string): { Key: string; Value: string }[] => [
      { Key: "Name", Value: name },
      { Key: OWNER_TAG, Value: name === own.identity ? "x" : name },
      { Key: STACK_TAG, Value: own.stack },
    ];
    const tagged = (type: ResourceType, name: string) => [{ ResourceType: type, Tags: tags(name) }];
    const SnapshotId = await makeSnapshot(clients);
    const makers: readonly ((name: string) => Promise<unknown>)[] = [
      async (name) => {
        const { SnapshotId: id = "" } = await ebs.send(new StartSnapshotCommand({ VolumeSize: 1 }));
        await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: tags(name) }));
      },
      (name) =>
        ec2.send(
          new ImportKeyPairCommand({
            KeyName: name,
            PublicKeyMaterial: Buffer.from(publicKey),
            TagSpecifications: tagged("key-pair", name),
          }),
        ),
      (name) =>
        ec2.send(
          new CreateSecurityGroupCommand({
            GroupName: name,
            Description: "a neighbour's",
            TagSpecifications: tagged("security-group", name),
          }),
        ),
      (name) =>
        ec2.send(
          new RegisterImageCommand({
            ...{ Name: name, Architecture: "x86_64", VirtualizationType: "hvm", RootDeviceName: "/dev/sda1" },
            BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { SnapshotId } }],
            TagSpecifications: tagged("image", name),
          }),
        ),
    ];
    for (const [index, name] of lookAlikes(own).entries()) await makers[index % makers.length]?.(name);
  },
};

/** On every platform that publishes, and in the store. */
export async function moveIn(world: World, platforms: readonly PlatformName[], own: Own): Promise<void> {
  for (const platform of platforms) {
    const make = PLACES[platform];
    if (make === undefined) throw new Error(`${platform} publishes, but has no neighbours in tests/ownership`);
    await make(world, own);
  }
  for (const [index, name] of lookAlikes(own).entries()) {
    // No folder can be what a folder of ours is called already.
    const kind = ["builds", "disks", "packages", "holds"][index % 4] ?? "";
    const file = join(world.store.data, kind, name, `${own.key}${"0".repeat(56)}.json`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ of: name }));
  }
}

/** The content of every file of the store, the pool and the bucket in IBM Cloud, by path. */
export function contents({ store, libvirt, ibm }: World): Record<string, string> {
  const of = (folder: string): [string, string][] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file, createHash("sha256").update(readFileSync(file)).digest("hex")]);
  return Object.fromEntries([...of(store.data), ...of(join(libvirt.pools, POOL)), ...of(ibm.data)]);
}
