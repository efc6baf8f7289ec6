/** What must hold after a case, as a list of what does not: so that one run shows everything. */
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GetSnapshotBlockCommand, ListSnapshotBlocksCommand } from "@aws-sdk/client-ebs";
import { DescribeImagesCommand } from "@aws-sdk/client-ec2";
import * as z from "zod";
import { becomes } from "../../../cli/local/processes";
import { objects, processes, things } from "./left";
import type { Stack } from "./stack";
import { OTHER_POOL, POOL, REGIONS, type World } from "./world";

const ledgerSchema = z.array(
  z.looseObject({
    id: z.string(),
    images: z.array(
      z.looseObject({
        arch: z.string(),
        name: z.string(),
        key: z.string(),
        places: z.array(z.looseObject({ id: z.string() })),
      }),
    ),
    published: z.record(z.string(), z.string()),
  }),
);
export type Ledger = z.infer<typeof ledgerSchema>;

export async function ledger(stack: Stack): Promise<Ledger> {
  return ledgerSchema.parse(await stack.pulumi.output("generations"));
}

/** The stack's identity, as its state has it. */
export async function identity(stack: Stack): Promise<string> {
  const found = (await stack.pulumi.resources()).find(({ type }) => type === "builders:index:StackIdentity");
  return z.string().parse(found?.outputs?.["identity"]);
}

/** Each published image of the newest generation, with the sha256 of its bytes as they lie in its place. */
export async function liveImages(world: World, stack: Stack): Promise<Record<string, string>> {
  const [current] = await ledger(stack);
  const found = Object.entries(current?.published ?? {}).map(async ([place, id]): Promise<[string, string]> => [
    place,
    await imageDigest(world, id),
  ]);
  return Object.fromEntries(await Promise.all(found));
}

/** `gone` for an image that is not there. */
export function imageDigest(world: World, imageId: string): Promise<string> {
  if (imageId.startsWith("ami-")) return amiDigest(world, imageId);
  // Source: VPC's API reference, the `id` of an image.
  return Promise.resolve(/^r\d{3}-/.test(imageId) ? world.ibm.digest(imageId) : volumeDigest(world, imageId));
}

/** For each place of the newest generation, sha256 of the disk that its image's record names, unpacked from the store. */
async function storedDigests(world: World, stack: Stack): Promise<Record<string, string>> {
  const [current] = await ledger(stack);
  const stored = objects(world);
  return Object.fromEntries(
    (current?.images ?? []).flatMap(({ key, places }) => {
      const object = stored.find((one) => one.endsWith(`/${key}.raw.zst`));
      const digest =
        object === undefined ? "gone" : unpackedDigest(join(world.store.data, object.replace("object ", "")));
      return places.map(({ id }) => [id, digest]);
    }),
  );
}

function unpackedDigest(file: string): string {
  return sha256(execFileSync("zstd", ["-q", "-d", "-c", file], { maxBuffer: 64 << 20 }));
}

function volumeDigest({ libvirt }: World, name: string): string {
  const file = [POOL, OTHER_POOL].map((pool) => join(libvirt.pools, pool, name)).find((one) => existsSync(one));
  return file === undefined ? "gone" : sha256(readFileSync(file));
}

const DISK = 4 << 20;

async function amiDigest({ emulator }: World, imageId: string): Promise<string> {
  for (const region of REGIONS) {
    const { ec2, ebs } = emulator.clients({ region });
    const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ["self"] }));
    const SnapshotId = Images.find((image) => image.ImageId === imageId)?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId;
    if (SnapshotId === undefined) continue;
    const disk = Buffer.alloc(DISK);
    const { Blocks = [], BlockSize = 0 } = await ebs.send(new ListSnapshotBlocksCommand({ SnapshotId }));
    for (const { BlockIndex = 0, BlockToken } of Blocks) {
      const block = await ebs.send(new GetSnapshotBlockCommand({ SnapshotId, BlockIndex, BlockToken }));
      const bytes = await block.BlockData?.transformToByteArray();
      if (bytes) disk.set(bytes, BlockIndex * BlockSize);
    }
    return sha256(disk);
  }
  return "gone";
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Every place of the newest generation has the very bytes of the store. */
export async function rightBytes(world: World, stack: Stack): Promise<string[]> {
  const stored = await storedDigests(world, stack);
  const live = await liveImages(world, stack);
  if (Object.keys(live).length === 0) return ["no image is published"];
  return Object.entries(live).flatMap(([place, digest]) => {
    const right = stored[place] ?? "no disk";
    const found = digest === "gone" ? "no image" : "other bytes";
    return digest === right ? [] : [`${place} has ${found}, the store ${right}`];
  });
}

/** What ends, ends within so many seconds after the run that it belonged to. */
const ENDING_SECONDS = 5;

/** Nothing anywhere but what was there before. */
export async function nothingLeft(world: World, stack: Stack, before: readonly string[] = []): Promise<string[]> {
  let left: string[] = [];
  await becomes(async () => {
    left = await leftNow(world, stack, before);
    return left.length === 0;
  }, ENDING_SECONDS);
  return left;
}

async function leftNow(world: World, stack: Stack, before: readonly string[]): Promise<string[]> {
  const now = await things(world);
  return [
    ...now.filter((one) => !before.includes(one)).map((one) => `left: ${one}`),
    ...before.filter((one) => !now.includes(one)).map((one) => `gone, and not ours: ${one}`),
    ...innerStacks(stack).map((name) => `left: stack ${name}`),
    ...processes(world).map(({ command }) => `still runs: ${command.slice(0, 120)}`),
  ];
}

/** Stacks of the backend beside the stack itself. */
export function innerStacks(stack: Stack): string[] {
  return stack.stacks().filter((name) => name !== stack.name);
}
