/**
 * A build on AWS as its users live it, against the emulator with real guests: an image built on an EC2 instance, its disk
 * written into a snapshot from there, AMIs in two regions, booted, through every fault that a night may bring; nothing left.
 *
 * The emulator's guests are x86_64 machines. Two architectures go the whole way in tests/ownership/life.engine.test.ts, on light ones.
 */
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import * as path from "node:path";
import { GetSnapshotBlockCommand, ListSnapshotBlocksCommand } from "@aws-sdk/client-ebs";
import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  type Image,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CommitRecord } from "../../contract/commit-record";
import { platformUses } from "../../components/preflight";
import { ownUse } from "../../infra/aws/testing/use";
import type { LedgerEntry } from "../../model/plan";
import { decodeSettings, fileConfig, readSettings } from "../../model/settings";
import { buildImages } from "../../cli/local/images";
import { kvmRuns } from "../../cli/local/kvm";
import { startServices } from "../../cli/local/services";
import { startForTests, type TestEmulator } from "../../standins/aws-emulator/testing/emulator";
import { left, NOTHING, writes } from "./aws/account";
import { asOperator } from "./aws/operator";
import { makeCheckout, type Checkout } from "./support/checkout";
import { everything, objectPath, objects, recordPath } from "./support/leaks";
import { eventually } from "./support/wait";

const STACK = "e2e-aws";
const REGIONS = ["us-east-1", "eu-west-1"] as const;
const BLOCK = 512 * 1024;

let emulator: TestEmulator;
let checkout: Checkout;

beforeAll(async () => {
  await startServices(console.log);
  const built = await buildImages(console.log);
  const disks = { x86_64: built.workerDisk };
  const guests = { disks, kvm: await kvmRuns(() => Promise.resolve(built.kernel)), memoryMib: 3072 };
  emulator = await startForTests({ guests, addressBlock: 96 });
  const subnets = async (region: string): Promise<string[]> => {
    const { Subnets = [] } = await emulator.clients({ region }).ec2.send(new DescribeSubnetsCommand({}));
    // As in AWS itself, this zone has no new types: preflight says so.
    const offering = Subnets.filter(({ AvailabilityZone }) => AvailabilityZone !== "us-east-1e");
    return offering.flatMap(({ SubnetId }) => SubnetId ?? []);
  };
  const workerSubnets = await subnets(REGIONS[0]);
  checkout = makeCheckout(STACK, {
    "architectures.x86_64": {
      worker: {
        platform: "aws",
        region: REGIONS[0],
        instanceType: "c7i.xlarge",
        subnets: workerSubnets,
        ami: { owner: "125523088429", name: "Fedora-Cloud-Base-AmazonEC2.x86_64-44-*" },
        operatorCidr: "127.0.0.0/8",
        diskGib: 10,
        scratchGib: 12,
      },
      publish: ["aws"],
    },
    targets: {
      aws: {
        platform: "aws",
        regions: await Promise.all(REGIONS.map(async (name) => ({ name, output: name, subnets: await subnets(name) }))),
        volumeGib: 4,
        uploadRole: "arn:aws:iam::123456789012:role/upload",
        operatorCidr: "127.0.0.0/8",
        endpointForWorkers: emulator.endpointForWorkers,
        accounts: ["210987654321"],
        deprecateAfterDays: 30,
      },
    },
    "bootCheck.boots": 1,
    attempts: 3,
  });
  Object.assign(checkout.pulumi.environment, emulator.environment, await asOperator(emulator, use()));
  await checkout.pulumi.must("stack", "init", STACK);
});

afterAll(async () => {
  await emulator.clearFaults();
  await checkout.pulumi.run("cancel", "--yes", "--stack", STACK);
  // Afterwards no state tells it.
  checkout.identity();
  await checkout.pulumi.must("destroy", "--yes", "--skip-preview", "--stack", STACK);
  expect(await left(emulator, REGIONS)).toEqual(NOTHING);
  expect(everything(checkout)).toEqual({});
  checkout.remove();
  await emulator.remove();
});

/** What the stack's settings use AWS for. */
function use() {
  const source = decodeSettings(fileConfig(checkout.read(`Pulumi.${STACK}.yaml`)));
  const settings = readSettings({ source, env: {} });
  const found = settings.mode === "build" ? platformUses(settings, STACK).get("aws") : undefined;
  if (!found) throw new Error("the settings use no AWS");
  return ownUse(found);
}

/** So many images with a snapshot each, those of the ledger, and nothing beside them. */
async function expectOnlyImages(images: number): Promise<void> {
  const ledger = await checkout.pulumi.output<LedgerEntry[]>("generations");
  const published = ledger.flatMap((entry) => Object.values(entry.published));
  expect(new Set(published).size).toBe(images);
  expect(await left(emulator, REGIONS)).toEqual({ ...NOTHING, images, snapshots: images });
  expect(await checkout.pulumi.stacks()).toEqual([STACK]);
}

async function up(): Promise<string> {
  const { code, text } = await checkout.pulumi.up();
  expect(text).not.toMatch(/X-Amz-Signature|PRIVATE KEY|aws_secret/i);
  expect(code, text).toBe(0);
  return text;
}

async function current(): Promise<{ readonly name: string; readonly record: CommitRecord }> {
  const [generation] = await checkout.pulumi.output<LedgerEntry[]>("generations");
  const image = generation?.images[0];
  if (!image) throw new Error("there is no generation");
  const text = readFileSync(recordPath(checkout, image.key), "utf8");
  return { name: image.name, record: JSON.parse(text) as CommitRecord };
}

async function imageIn(region: string, name: string): Promise<Image | undefined> {
  const Filters = [{ Name: "name", Values: [name] }];
  return (await emulator.clients({ region }).ec2.send(new DescribeImagesCommand({ Filters }))).Images?.[0];
}

/** Compares a snapshot with the raw disk that the archive in the store unpacks to; what has no block reads as zeros. */
async function expectSameBytes(snapshotId: string, record: CommitRecord): Promise<void> {
  const raw = path.join(checkout.folder, "disk.raw");
  execFileSync("zstd", ["-q", "-d", "-f", "--sparse", objectPath(record.objects["raw.zst"]?.object ?? ""), "-o", raw]);
  const { ebs } = emulator.clients();
  const tokens = new Map<number, string>();
  let NextToken: string | undefined;
  do {
    const page = await ebs.send(new ListSnapshotBlocksCommand({ SnapshotId: snapshotId, NextToken }));
    for (const { BlockIndex = 0, BlockToken = "" } of page.Blocks ?? []) tokens.set(BlockIndex, BlockToken);
    NextToken = page.NextToken;
  } while (NextToken);
  const handle = openSync(raw, "r");
  const zeros = Buffer.alloc(BLOCK);
  for (let index = 0; index * BLOCK < record.disk.sizeBytes; index++) {
    const ours = Buffer.alloc(BLOCK);
    readSync(handle, ours, 0, BLOCK, index * BLOCK);
    const BlockToken = tokens.get(index);
    const theirs =
      BlockToken === undefined
        ? zeros
        : await ebs
            .send(new GetSnapshotBlockCommand({ SnapshotId: snapshotId, BlockIndex: index, BlockToken }))
            .then(({ BlockData }) => BlockData?.transformToByteArray());
    if (theirs === undefined || !ours.equals(theirs)) throw new Error(`block ${index} of ${snapshotId} differs`);
  }
  closeSync(handle);
  expect(tokens.size).toBeLessThan(record.disk.sizeBytes / BLOCK);
}

/** Waits until the worker's instance runs; its id. */
function workerInstance(except: readonly string[] = []): Promise<string> {
  return eventually(
    "a worker's instance",
    async () => {
      const { ec2 } = emulator.clients();
      const Filters = [
        { Name: "instance-state-name", Values: ["running"] },
        { Name: "tag:Name", Values: ["*.build-*"] },
      ];
      const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters }));
      const ids = Reservations.flatMap(({ Instances = [] }) => Instances.flatMap(({ InstanceId }) => InstanceId ?? []));
      return ids.find((id) => !except.includes(id));
    },
    { seconds: 600 },
  );
}

describe("with exactly the generated policy, in a night with faults", () => {
  it("preflight finds nothing missing", async () => {
    const { code, text } = await checkout.pulumi.start("npm", ["run", "--silent", "preflight", "--", "--stack", STACK])
      .ended;
    expect({ code, text }).toEqual({ code: 0, text: expect.stringContaining("nothing is missing") });
  });

  it("builds on another instance when one is taken, and writes all blocks through all faults", async () => {
    const before = (await emulator.stats()).calls;
    await emulator.faults(
      { action: "PutSnapshotBlock", rate: 0.025 },
      { action: "PutSnapshotBlock", rate: 0.025, code: "RequestThrottledException" },
      { action: "PutSnapshotBlock", after: 100, times: 3, cutAtFraction: 0.4 },
      // The credentials that blocks are put with.
      { expireAfterUses: 50, times: 2 },
      { action: "RegisterImage", status: 500, code: "InternalError", times: 50 },
    );

    // A spot instance that is taken while it builds: another is begun with.
    const running = checkout.pulumi.startUp();
    const first = await workerInstance();
    await eventually("the agent to build", () => /build: STEP \d+/.exec(running.text()) ?? undefined, { seconds: 600 });
    await emulator.takeSpotInstance(first);
    expect(await workerInstance([first])).not.toBe(first);
    // Its blocks get there through all faults, and then there is no image of them.
    const { code, text } = await running.ended;
    expect(code, text).not.toBe(0);
    expect(text).toContain("RegisterImage");
    const after = (await emulator.stats()).calls;
    const more = (call: string, outcome: "allowed" | "failed") =>
      (after[call]?.[outcome] ?? 0) - (before[call]?.[outcome] ?? 0);
    expect(more("ebs:PutSnapshotBlock", "failed")).toBeGreaterThan(3);
    expect(more("sts:AssumeRole", "allowed")).toBeGreaterThan(2);
    expect(more("ec2:RegisterImage", "failed")).toBeGreaterThan(0);
  });

  it("registers in both regions what was built, without another build, boots each, and leaves nothing else", async () => {
    await emulator.clearFaults();
    const stored = objects(checkout);
    expect(await up()).not.toMatch(/EphemeralStack build-\S+ creating/);
    const { record } = await current();
    const written = Object.keys(stored).find((object) => object.includes(`builds/${record.key}`)) ?? "no record";
    expect(stored[written]).toBeDefined();
    expect(objects(checkout)[written]).toBe(stored[written]);
    expect((await emulator.stats()).denied).toEqual([]);
    await expectOnlyImages(2);
  });

  it("holds the very bytes that were built, and images of every declared field", async () => {
    const { name, record } = await current();
    await expectSameBytes(record.snapshots?.[REGIONS[0]]?.snapshotId ?? "", record);
    for (const region of REGIONS) {
      const image = await imageIn(region, name);
      const fields = { Architecture: "x86_64", BootMode: "uefi-preferred", ImdsSupport: "v2.0", State: "available" };
      expect(image).toMatchObject({ ...fields, EnaSupport: true, VirtualizationType: "hvm" });
      const tags = Object.fromEntries((image?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
      expect(tags).toMatchObject({ "disk-sha256": record.disk.sha256, "copr-builders-stack": STACK });
    }
    const images = await checkout.pulumi.output<{ aws: Record<string, Record<string, string>> }>("images");
    expect(images.aws["us-east-1"]?.["x86_64"]).toBe((await imageIn("us-east-1", name))?.ImageId);
  });

  it("a second up writes nothing", async () => {
    const before = { writes: await writes(emulator), objects: objects(checkout) };
    expect(await up()).toContain("nothing it is made from has changed");
    expect({ writes: await writes(emulator), objects: objects(checkout) }).toEqual(before);
  });
});
