/**
 * What a stack of an older version left: its state, its objects, and its disk. Recorded by record.ts with that version's
 * code, played back into a fresh world: paths, ports and ids of the world then are placeholders, `{{...}}`.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { StartSnapshotCommand } from "@aws-sdk/client-ebs";
import {
  CopyImageCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  ModifyImageAttributeCommand,
  RegisterImageCommand,
  type Image,
} from "@aws-sdk/client-ec2";
import * as z from "zod";
import {
  BLOCK_SIZE,
  completeCommand,
  putCommand,
  sha256,
  type Clients,
} from "../../../standins/aws-emulator/testing/emulator";
import type { Stack } from "./stack";
import { POOL, REGIONS, type World } from "./world";

/** What differs from world to world, by the name of its placeholder. */
const places = (world: World, stack: Stack): Readonly<Record<string, string>> => ({
  ...world.values(),
  CHECKOUT: stack.folder,
  WORLD: world.folder,
});

const braced = (named: Readonly<Record<string, string>>): [string, string][] =>
  Object.entries(named).map(([name, value]) => [`{{${name}}}`, value]);

const values = (world: World, stack: Stack): [string, string][] => braced(places(world, stack));

function replaceAll(text: string, pairs: readonly (readonly [string, string])[]): string {
  return pairs.reduce((so, [from, to]) => (from === "" ? so : so.replaceAll(from, to)), text);
}

async function ownImage(world: World, region: string): Promise<Image> {
  const { Images = [] } = await world.emulator
    .clients({ region })
    .ec2.send(new DescribeImagesCommand({ Owners: ["self"] }));
  const [image] = Images;
  if (image === undefined || Images.length > 1) throw new Error(`${region} has ${Images.length} images instead of one`);
  return image;
}

const snapshotOf = (image: Image): string => image.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? "";

const TRACES = ["sourcePosition", "stackTrace"];

export async function record(world: World, stack: Stack, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const images = await Promise.all(REGIONS.map((region) => ownImage(world, region)));
  const ids = Object.fromEntries(
    REGIONS.flatMap((region, index) => {
      const image = images[index] ?? {};
      return [
        [`AMI ${region}`, image.ImageId ?? ""],
        [`SNAPSHOT ${region}`, snapshotOf(image)],
      ];
    }),
  );
  const named = { ...ids, ...places(world, stack) };
  const placeholders = braced(named).map(([placeholder, value]) => [value, placeholder] as const);
  const exported: unknown = JSON.parse(
    await stack.pulumi.must("stack", "export", "--show-secrets", "--stack", stack.name),
  );
  // Where in the program a resource was declared names files of that checkout.
  const state = JSON.stringify(exported, (key, value: unknown) => (TRACES.includes(key) ? undefined : value), 2);
  writeFileSync(join(folder, "state.template"), replaceAll(state, placeholders));
  writeFileSync(join(folder, "images.json"), replaceAll(`${JSON.stringify(images, null, 2)}\n`, placeholders));
  for (const kind of ["builds", "disks", "packages"]) {
    cpSync(join(world.store.data, kind), join(folder, "store", kind), { recursive: true });
    for (const name of kind === "builds" ? readdirSync(join(world.store.data, kind, stack.name)) : []) {
      const file = join(folder, "store", kind, stack.name, name);
      writeFileSync(file, replaceAll(readFileSync(file, "utf8"), placeholders));
    }
  }
}

/** Makes everything of the recording in this world, and imports its state into the stack. */
export async function playBack(world: World, stack: Stack, folder: string): Promise<void> {
  const name = (kind: string): string => readdirSync(join(folder, "store", kind, stack.name))[0] ?? "";
  const disk = execFileSync("zstd", ["-q", "-d", "-c", join(folder, "store/disks", stack.name, name("disks"))], {
    maxBuffer: 64 << 20,
  });
  const images = JSON.parse(readFileSync(join(folder, "images.json"), "utf8")) as Image[];
  const template = replaceAll(readFileSync(join(folder, "state.template"), "utf8"), values(world, stack));
  const ids: Record<string, string> = {};
  // What is old is ready.
  await world.emulator.pendingReads(0);
  let source: { readonly id: string; readonly region: string } | undefined;
  for (const [index, region] of REGIONS.entries()) {
    const image = images[index] ?? {};
    const clients = world.emulator.clients({ region });
    const { ec2 } = clients;
    let id: string;
    if (source === undefined) {
      const SnapshotId = await snapshot(clients, disk, snapshotTags(template));
      id = (await ec2.send(new RegisterImageCommand(registration(image, SnapshotId)))).ImageId ?? "";
    } else {
      const { Name, Description, Tags = [] } = image;
      const copy = { Name, Description, SourceImageId: source.id, SourceRegion: source.region };
      const TagSpecifications = [{ ResourceType: "image" as const, Tags }];
      id = (await ec2.send(new CopyImageCommand({ ...copy, TagSpecifications }))).ImageId ?? "";
    }
    await available(world, region);
    const Add = [{ UserId: "210987654321" }];
    await ec2.send(new ModifyImageAttributeCommand({ ImageId: id, LaunchPermission: { Add } }));
    ids[`AMI ${region}`] = id;
    ids[`SNAPSHOT ${region}`] = snapshotOf(await ownImage(world, region));
    source ??= { id, region };
  }
  await world.emulator.pendingReads(1);
  const volume = images[0]?.Name ?? "";
  writeFileSync(join(world.libvirt.pools, POOL, volume), disk);
  world.libvirt.virsh("pool-refresh", POOL);
  cpSync(join(folder, "store"), world.store.data, { recursive: true });
  const recordFile = join(world.store.data, "builds", stack.name, name("builds"));
  const all = [...values(world, stack), ...braced(ids)];
  writeFileSync(recordFile, replaceAll(readFileSync(recordFile, "utf8"), all));
  const state = join(stack.folder, "state.json");
  writeFileSync(state, replaceAll(template, braced(ids)));
  await stack.pulumi.must("stack", "import", "--file", state, "--stack", stack.name);
}

function registration(image: Image, SnapshotId: string) {
  const { Name = "", Description, Tags = [], Architecture, VirtualizationType, RootDeviceName, EnaSupport } = image;
  const { SriovNetSupport, ImdsSupport, BootMode, BlockDeviceMappings = [] } = image;
  return {
    ...{
      Name,
      Description,
      Architecture,
      VirtualizationType,
      RootDeviceName,
      EnaSupport,
      SriovNetSupport,
      ImdsSupport,
      BootMode,
    },
    BlockDeviceMappings: BlockDeviceMappings.map(({ DeviceName, Ebs: { Encrypted: _, ...Ebs } = {} }) => ({
      DeviceName,
      Ebs: { ...Ebs, SnapshotId },
    })),
    TagSpecifications: [{ ResourceType: "image" as const, Tags }],
  };
}

const stateSchema = z.looseObject({
  deployment: z.looseObject({
    resources: z.array(
      z.looseObject({ type: z.string(), inputs: z.looseObject({ tags: z.unknown().optional() }).optional() }),
    ),
  }),
});

function snapshotTags(state: string): { Key: string; Value: string }[] {
  const { resources } = stateSchema.parse(JSON.parse(state)).deployment;
  const tags = resources.find(({ type }) => type === "builders:index:EbsSnapshot")?.inputs?.tags;
  return Object.entries(z.record(z.string(), z.string()).parse(tags)).map(([Key, Value]) => ({ Key, Value }));
}

async function snapshot({ ec2, ebs }: Clients, disk: Buffer, Tags: { Key: string; Value: string }[]): Promise<string> {
  const { SnapshotId: id = "" } = await ebs.send(new StartSnapshotCommand({ VolumeSize: 1, Tags }));
  const blocks = Array.from({ length: disk.length / BLOCK_SIZE }, (_, index) => ({
    index,
    data: disk.subarray(index * BLOCK_SIZE, (index + 1) * BLOCK_SIZE),
  })).filter(({ data }) => !sha256(data).equals(sha256(Buffer.alloc(BLOCK_SIZE))));
  for (const block of blocks) await ebs.send(putCommand(id, block));
  await ebs.send(completeCommand(id, blocks));
  // It is ready once it has been looked at.
  await ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [id] }));
  return id;
}

async function available(world: World, region: string): Promise<void> {
  for (let reads = 0; reads < 20; reads++) if ((await ownImage(world, region)).State === "available") return;
  throw new Error(`the image in ${region} does not become available`);
}
