/**
 * Images that are lost, half made, or from a version before, with the real engine and under exactly the generated policy:
 * what `look` says is given to `publish` as `again`, as a stack that builds does it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeregisterImageCommand, DescribeImagesCommand, DescribeSubnetsCommand, type Image } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, expect, it } from "vitest";
import { awsPlaces, awsTarget, type AwsPlace } from "../../infra/aws/settings";
import { startForTests, type TestEmulator } from "../../standins/aws-emulator/testing/emulator";
import { makeProject, type ScratchProject } from "../../standins/testing/scratch-project";
import { left, NOTHING } from "./aws/account";
import { asOperator } from "./aws/operator";
import { eventually } from "./support/wait";

const REPOSITORY = join(__dirname, "..", "..");
const [HERE, THERE] = ["us-east-1", "eu-west-1"] as const;
const KEY = "ab".repeat(32);
const NAME = "copr-builder-x86_64-g1-abababab";
const IDENTITY = "abcdefgh2345";

const common = (args: object): string => `
import * as pulumi from "@pulumi/pulumi";
import { EbsSnapshot } from "${REPOSITORY}/infra/aws/provider";
const args = ${JSON.stringify(args)};
const [here, there] = args.places;
const source = { file: args.disk };
const snapshot = (tags) => new EbsSnapshot("snapshot", { region: here.region, source, volumeGib: 1, tags }).snapshotId;
`;

/** As a stack that builds publishes. */
const now = (args: object): string => `${common(args)}
import { parts as aws } from "${REPOSITORY}/infra/aws/parts";
import { snapshotTags } from "${REPOSITORY}/infra/aws/tags";
export = async () => {
  const identity = "${IDENTITY}";
  const token = String(Date.now());
  const again = async (place) => {
    const { images } = await aws.look(place, ["${NAME}"]);
    const lost = args.published && images.length === 0;
    return lost || images.some(({ owner, whole }) => owner === identity && !whole) ? { again: token } : {};
  };
  const disk = snapshot(snapshotTags(pulumi.getStack(), identity, "x86_64", "${KEY}", {})).apply((snapshotId) => ({
    ...args.record, form: { snapshotId, volumeGib: 1 },
  }));
  const owner = { identity, resource: "image" };
  const spec = { arch: "x86_64", imageName: "${NAME}", store: { bucket: "b", region: "us-east-1" }, owner };
  const made = aws.publish("image.a", { ...spec, place: here, ...(await again(here)) }, disk, {});
  const copyOf = { place: here, imageId: made.imageId };
  const copy = aws.publish("image.b", { ...spec, place: there, copyOf, ...(await again(there)) }, disk, {});
  return { ids: [made.imageId, copy.imageId] };
};
`;

/** What a version that knew no identities declared. */
const before = (args: object): string => `${common(args)}
import { Ami, AmiCopy } from "@pulumi/aws/ec2";
import { regionProvider } from "${REPOSITORY}/infra/aws/region-provider";
const tags = { Name: "${NAME}", "copr-builders-stack": pulumi.getStack(), arch: "x86_64", "build-key": "${KEY}" };
const GP3 = { volumeType: "gp3", iops: 3000, throughput: 125, volumeSize: 1, deleteOnTermination: true };
const same = { name: "${NAME}", description: "${NAME}, built " + args.record.builtAt, tags };
const made = new Ami("image.a", {
  ...same, architecture: "x86_64", bootMode: "uefi-preferred", virtualizationType: "hvm", enaSupport: true,
  sriovNetSupport: "simple", imdsSupport: "v2.0", rootDeviceName: "/dev/sda1",
  ebsBlockDevices: [{ deviceName: "/dev/sda1", snapshotId: snapshot(tags), ...GP3 }],
}, { provider: regionProvider(here.region) });
const origin = { sourceAmiId: made.id, sourceAmiRegion: here.region, encrypted: false };
new AmiCopy("image.b", { ...same, ...origin }, { provider: regionProvider(there.region) });
`;

let emulator: TestEmulator;
let folder: string;
let project: ScratchProject;
let places: AwsPlace[];
let args: Record<string, unknown>;

beforeAll(async () => {
  emulator = await startForTests({ addressBlock: 98 });
  folder = mkdtempSync(join(tmpdir(), "aws-images-"));
  const disk = join(folder, "disk.raw");
  writeFileSync(disk, Buffer.alloc(1 << 20, 1));
  const regions = [HERE, THERE].map(async (name) => {
    const { Subnets = [] } = await emulator.clients({ region: name }).ec2.send(new DescribeSubnetsCommand({}));
    return { name, output: name, subnets: Subnets.flatMap(({ SubnetId }) => SubnetId ?? []) };
  });
  places = awsPlaces(
    awsTarget({ COPR_BUILDERS_OPERATOR_CIDR: "127.0.0.0/8" }).parse({
      platform: "aws",
      regions: await Promise.all(regions),
      volumeGib: 1,
      uploadRole: "arn:aws:iam::123456789012:role/upload",
      accounts: ["210987654321"],
    }),
  );
  const use = {
    stack: "dev",
    workers: [],
    places: places.map((spec) => ({ path: "t", arch: "x86_64" as const, spec })),
  };
  const environment = await asOperator(emulator, use);
  const built = { key: KEY, imageDigest: "x", builtAt: "2026-11-24T10:20:33.123Z" };
  const record = { ...built, disk: { sha256: "cd".repeat(32) }, objects: {} };
  args = { places, record, disk };
  project = makeProject("aws-images", now(args), { ...emulator.environment, ...environment, HOME: folder });
  expect(await project.pulumi("stack", "init", "dev")).toMatchObject({ code: 0 });
});

afterAll(async () => {
  project.remove();
  rmSync(folder, { recursive: true });
  await emulator.remove();
});

async function up(): Promise<string> {
  const { code, output } = await project.pulumi("up", "--yes", "--skip-preview");
  expect({ code, output }).toMatchObject({ code: 0 });
  return output;
}

async function images(region: string): Promise<Image[]> {
  const { Images = [] } = await emulator.clients({ region }).ec2.send(new DescribeImagesCommand({ Owners: ["self"] }));
  return Images;
}

const ids = async () => [...(await images(HERE)), ...(await images(THERE))].map(({ ImageId }) => ImageId);

/** Kills the engine once EC2 has answered this call, while the plugin waits for what it made. */
async function killedAfter(action: string): Promise<void> {
  const calls = async () => (await emulator.stats()).calls[`ec2:${action}`]?.allowed ?? 0;
  const earlier = await calls();
  await emulator.pendingReads(5);
  const options = { cwd: project.folder, env: project.env, stdio: "ignore" } as const;
  const engine = spawn("pulumi", ["up", "--yes", "--skip-preview"], options);
  const ended = once(engine, "exit");
  const wait = { seconds: 120, everyMs: 50 };
  await eventually(action, async () => ((await calls()) > earlier ? true : undefined), wait);
  engine.kill("SIGKILL");
  await ended;
  await emulator.pendingReads(2);
  await project.pulumi("cancel", "--yes");
}

const known = async () => (await project.pulumi("stack", "export")).output;

it("killed after RegisterImage and after CopyImage were answered: each next up has both images, once", async () => {
  await killedAfter("RegisterImage");
  const [half] = await ids();
  expect(await known()).not.toContain(half);
  await killedAfter("CopyImage");
  expect(await ids()).toHaveLength(2);
  expect(await ids()).not.toContain(half);
  const [, copy] = await ids();
  expect(await known()).not.toContain(copy);

  expect(await up()).not.toMatch(/replaced|deleted/);
  expect(await ids()).toHaveLength(2);
  expect(await left(emulator, [HERE, THERE])).toMatchObject({ images: 2, snapshots: 2 });
  expect(await up()).not.toMatch(/\d+ (created|updated|replaced|deleted)/);
});

it("an image that somebody deregistered is made again; its copy stays as it is", async () => {
  const [lost, copy] = await ids();
  await emulator.clients().ec2.send(new DeregisterImageCommand({ ImageId: lost }));
  writeFileSync(join(project.folder, "index.ts"), now({ ...args, published: true }));
  await up();
  const [made, stays] = await ids();
  expect(made).not.toBe(lost);
  expect(stays).toBe(copy);
  expect(JSON.parse((await project.pulumi("stack", "output", "ids", "--json")).output)).toEqual([made, copy]);
  expect(await up()).not.toMatch(/\d+ (created|updated|replaced|deleted)/);
});

it("destroying leaves nothing, and nothing was denied", async () => {
  const { code, output } = await project.pulumi("destroy", "--yes", "--skip-preview");
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(await left(emulator, [HERE, THERE])).toEqual(NOTHING);
  expect((await emulator.stats()).denied).toEqual([]);
});

it("images of a version that knew no identities stay: marked in place, not replaced", async () => {
  writeFileSync(join(project.folder, "index.ts"), before(args));
  await up();
  const old = await ids();
  writeFileSync(join(project.folder, "index.ts"), now({ ...args, published: true }));
  expect(await up()).not.toMatch(/replaced|deleted/);
  expect(await ids()).toEqual(old);
  for (const { Tags } of [...(await images(HERE)), ...(await images(THERE))]) {
    expect(Tags).toContainEqual({ Key: "copr-builders-owner", Value: IDENTITY });
  }
  expect(await up()).not.toMatch(/\d+ (created|updated|replaced|deleted)/);
  const { code, output } = await project.pulumi("destroy", "--yes", "--skip-preview");
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(await left(emulator, [HERE, THERE])).toEqual(NOTHING);
});
