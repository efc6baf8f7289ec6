/**
 * The life of a stack's AWS parts with the real engine, under enforcement of exactly the generated policy: a machine, a
 * snapshot from a disk, images of both architectures in two regions, all encrypted with a key of each region's own; nothing to
 * do; faults; nothing left. The emulator's instances have no guests here; aws.full.test.ts has a build on one.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetSnapshotBlockCommand, ListSnapshotBlocksCommand, StartSnapshotCommand } from "@aws-sdk/client-ebs";
import {
  CreateNetworkInterfaceCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteTagsCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  ModifyImageAttributeCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from "@aws-sdk/client-ec2";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { left, NOTHING, writes } from "./aws/account";
import { makeKeys } from "./aws/keys";
import { asOperator } from "./aws/operator";
import { eventually } from "./support/wait";
import {
  putCommand,
  randomBlock,
  startForTests,
  type TestEmulator,
} from "../../standins/aws-emulator/testing/emulator";
import { makeProject, type ScratchProject } from "../../standins/testing/scratch-project";
import type { PlatformUse } from "../../infra/platform";
import { awsUse } from "../../infra/aws/grants";
import { policies } from "../../infra/aws/policy";
import { awsPreflight } from "../../infra/aws/preflight";
import { sessionPolicy } from "../../infra/aws/provider/ebs-credentials/session";
import { awsPlaces, awsTarget, awsWorker, type AwsPlace, type AwsWorker } from "../../infra/aws/settings";

const REPOSITORY = join(__dirname, "..", "..");
const REGIONS = ["us-east-1", "eu-west-1"] as const;
const ROLE = "arn:aws:iam::123456789012:role/upload";
const KEY = "ab".repeat(32);
const MIB = 1 << 20;
/** Of EBS direct. */
const BLOCK = MIB / 2;

const program = (args: object): string => `
import * as pulumi from "@pulumi/pulumi";
import { parts as aws } from "${REPOSITORY}/infra/aws/parts";
import { snapshotTags } from "${REPOSITORY}/infra/aws/tags";
import { EbsSnapshot } from "${REPOSITORY}/infra/aws/provider";
const args = ${JSON.stringify(args)};
const store = { bucket: "b", region: "us-east-1" };
const identity = "abcdefgh2345";
const madeFor = { stack: pulumi.getStack(), identity };
const worker = aws.worker("worker", "x86_64", args.worker, {}, { number: 1, of: 2, madeFor });
const images = args.archs.flatMap((arch) => {
  const snapshot = new EbsSnapshot("snapshot-" + arch, {
    region: args.places[0].region,
    source: { file: args.disk },
    kmsKeyId: args.places[0].kmsKeyId,
    volumeGib: 1,
    tags: snapshotTags(pulumi.getStack(), identity, arch, args.key, {}),
  });
  const disk = snapshot.snapshotId.apply((snapshotId) => ({
    ...args.record, arch, form: { snapshotId, volumeGib: 1 },
  }));
  const imageName = "copr-builder-" + arch + "-g1-abababab";
  const spec = (at) => ({ arch, imageName, store, owner: { identity, resource: imageName + at } });
  const source = aws.publish(imageName + ".a", { ...spec(".a"), place: args.places[0] }, disk, {});
  const copyOf = { place: args.places[0], imageId: source.imageId };
  const copy = aws.publish(imageName + ".b", { ...spec(".b"), place: args.places[1], copyOf }, disk, {});
  return [source.imageId, copy.imageId];
});
export const ids = pulumi.all(images);
export const machine = worker.machineId;
export const scratch = worker.scratchDevice;
`;

let emulator: TestEmulator;
let folder: string;
let disk: string;
let project: ScratchProject;
let worker: AwsWorker;
let places: AwsPlace[];
let keys: Record<string, string>;
let use: PlatformUse<AwsWorker, AwsPlace>;
let operator: Record<string, string>;
/** What the program is made from; a test changes it. */
let declared: object;

/** Two blocks of data with a hole between them and after them. */
function makeDisk(file: string): void {
  const handle = openSync(file, "w");
  for (const at of [0, 9 * MIB]) writeSync(handle, createHash("sha512").update(String(at)).digest(), 0, 64, at);
  writeSync(handle, Buffer.from([0]), 0, 1, 64 * MIB - 1);
  closeSync(handle);
}

beforeAll(async () => {
  emulator = await startForTests({ addressBlock: 97 });
  folder = mkdtempSync(join(tmpdir(), "aws-life-"));
  disk = join(folder, "disk.raw");
  makeDisk(disk);
  const subnets = async (region: string): Promise<string[]> => {
    const { Subnets = [] } = await emulator.clients({ region }).ec2.send(new DescribeSubnetsCommand({}));
    return Subnets.flatMap(({ SubnetId }) => SubnetId ?? []).slice(0, 2);
  };
  keys = await makeKeys(emulator, REGIONS, [ROLE, "arn:aws:iam::210987654321:root"]);
  worker = awsWorker({ COPR_BUILDERS_OPERATOR_CIDR: "127.0.0.0/8" }).parse({
    platform: "aws",
    region: REGIONS[0],
    // Burstable: the official plugin reads its credits.
    instanceType: "t3.xlarge",
    diskGib: 20,
    scratchGib: 40,
    tags: { team: "copr" },
    kmsKeyId: keys[REGIONS[0]],
    subnets: await subnets(REGIONS[0]),
    ami: { owner: "125523088429", name: "Fedora-Cloud-Base-AmazonEC2.x86_64-44-*" },
  });
  const regions = REGIONS.map(async (name) => ({
    ...{ name, output: name, subnets: await subnets(name) },
    kmsKeyId: keys[name],
  }));
  places = awsPlaces(
    awsTarget({ COPR_BUILDERS_OPERATOR_CIDR: "127.0.0.0/8" }).parse({
      platform: "aws",
      regions: await Promise.all(regions),
      volumeGib: 1,
      uploadRole: ROLE,
      accounts: ["210987654321"],
      deprecateAfterDays: 30,
      bootInstanceTypes: { x86_64: "t3.large", aarch64: "t4g.large" },
      tags: { team: "copr" },
    }),
  );
  use = {
    stack: "dev",
    workers: [{ path: "architectures.x86_64.worker", arch: "x86_64", spec: worker }],
    places: places.flatMap((spec) => (["x86_64", "aarch64"] as const).map((arch) => ({ path: "t", arch, spec }))),
  };
  operator = await asOperator(emulator, use);
  const record = {
    version: 1,
    key: KEY,
    disk: { sizeBytes: 64 * MIB, dataBytes: MIB, sha256: "cd".repeat(32) },
    objects: {},
    imageDigest: `sha256:${"01".repeat(32)}`,
    builtAt: "2026-11-24T10:20:33.123Z",
  };
  declared = { worker, places, record, disk, key: KEY, archs: ["x86_64", "aarch64"] };
  project = makeProject("aws-life", program(declared), { ...emulator.environment, ...operator, HOME: folder });
});

afterAll(async () => {
  await project.pulumi("destroy", "--yes", "--skip-preview");
  project.remove();
  rmSync(folder, { recursive: true });
  await emulator.remove();
});

async function up(...more: string[]): Promise<string> {
  const { code, output } = await project.pulumi("up", "--yes", "--skip-preview", ...more);
  expect({ code, output }).toMatchObject({ code: 0 });
  return output;
}

async function images(region: string) {
  const { ec2 } = emulator.clients({ region });
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ["self"] }));
  return [...Images].sort((a, b) => (a.Name ?? "").localeCompare(b.Name ?? ""));
}

describe("under exactly the generated policy", () => {
  it("everything is made, though RegisterImage fails once", async () => {
    expect(await project.pulumi("stack", "init", "dev")).toMatchObject({ code: 0 });
    await emulator.faults({ action: "RegisterImage", times: 1 });
    await up();
    expect((await emulator.stats()).denied).toEqual([]);
    expect(await left(emulator, REGIONS)).toMatchObject({ instances: 1, keys: 1, groups: 1, images: 4 });
  });

  it("every field of every image is as declared: arm64 for aarch64, in both regions", async () => {
    for (const region of REGIONS) {
      const [aarch64, x86] = await images(region);
      const common = {
        VirtualizationType: "hvm",
        EnaSupport: true,
        SriovNetSupport: "simple",
        ImdsSupport: "v2.0",
        RootDeviceName: "/dev/sda1",
        RootDeviceType: "ebs",
        DeprecationTime: expect.stringMatching(/^2026-12-24T10:20:00/),
      };
      expect(aarch64).toMatchObject({ ...common, Architecture: "arm64", BootMode: "uefi" });
      expect(x86).toMatchObject({ ...common, Architecture: "x86_64", BootMode: "uefi-preferred" });
      for (const image of [aarch64, x86]) {
        const ebs = image?.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === "/dev/sda1")?.Ebs;
        expect(ebs).toMatchObject({ VolumeType: "gp3", VolumeSize: 1, DeleteOnTermination: true });
        const tags = Object.fromEntries((image?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
        expect(tags).toMatchObject({ "copr-builders-stack": "dev", "build-key": KEY, "disk-sha256": "cd".repeat(32) });
        const { LaunchPermissions } = await emulator
          .clients({ region })
          .ec2.send(new DescribeImageAttributeCommand({ ImageId: image?.ImageId, Attribute: "launchPermission" }));
        expect(LaunchPermissions).toEqual([{ UserId: "210987654321" }]);
      }
    }
  });

  it("volumes, snapshots and copies are encrypted, with the key of their region", async () => {
    for (const region of REGIONS) {
      const { ec2 } = emulator.clients({ region });
      const { Snapshots = [] } = await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ["self"] }));
      const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({}));
      expect([Snapshots.length, Volumes.length]).toEqual([2, region === REGIONS[0] ? 2 : 0]);
      for (const one of [...Snapshots, ...Volumes])
        expect(one).toMatchObject({ Encrypted: true, KmsKeyId: keys[region] });
    }
  });

  it("the snapshot reads back block by block as the disk", async () => {
    const [image] = await images(REGIONS[0]);
    const snapshotId = image?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId;
    const { ebs } = emulator.clients();
    const { Blocks = [] } = await ebs.send(new ListSnapshotBlocksCommand({ SnapshotId: snapshotId }));
    const read = Buffer.alloc(64 * MIB, 1);
    // An encrypted one has every block; behind the disk's end they are zeros, which are not read back here.
    expect(Blocks).toHaveLength((1024 * MIB) / BLOCK);
    const ofDisk = Blocks.filter(({ BlockIndex = 0 }) => BlockIndex * BLOCK < 64 * MIB);
    for (const { BlockIndex = 0, BlockToken } of ofDisk) {
      const block = await ebs.send(new GetSnapshotBlockCommand({ SnapshotId: snapshotId, BlockIndex, BlockToken }));
      const bytes = await block.BlockData?.transformToByteArray();
      if (bytes) read.set(bytes, BlockIndex * BLOCK);
    }
    expect(read.equals(readFileSync(disk))).toBe(true);
  });

  it("a second up writes nothing", async () => {
    const before = await writes(emulator);
    const output = await up();
    expect(output).toMatch(/\d+ unchanged/);
    expect(output).not.toMatch(/\d+ (created|updated|replaced|deleted)/);
    expect(await writes(emulator)).toBe(before);
  });

  it("what was changed by hand is put right, but the machine stays as it is, whatever the settings say now", async () => {
    const { ec2 } = emulator.clients();
    const [image] = await images(REGIONS[0]);
    const ImageId = image?.ImageId ?? "";
    await ec2.send(new ModifyImageAttributeCommand({ ImageId, Description: { Value: "by hand" } }));
    await ec2.send(new DeleteTagsCommand({ Resources: [ImageId], Tags: [{ Key: "build-key" }] }));
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({}));
    const machine = Reservations?.flatMap(({ Instances = [] }) => Instances).find(
      ({ State }) => State?.Name === "running",
    );
    const face = machine?.NetworkInterfaces?.[0];
    const groups = (face?.Groups ?? []).flatMap(({ GroupId }) => GroupId ?? []);
    const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({}));
    const byHand = SecurityGroups.find(({ GroupName, VpcId }) => GroupName === "default" && VpcId === machine?.VpcId);
    const GroupId = byHand?.GroupId ?? "";
    const Groups = [...groups, GroupId];
    await ec2.send(
      new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: face?.NetworkInterfaceId, Groups }),
    );

    const places2 = places.map(({ deprecateAfterDays: _none, ...place }) => ({ ...place, tags: {} }));
    const worker2 = { ...worker, diskGib: 30, scratchGib: 60, operatorCidr: "127.0.0.0/9" };
    writeFileSync(join(project.folder, "index.ts"), program({ ...declared, worker: worker2, places: places2 }));
    const output = await up("--refresh");
    expect(output).not.toMatch(/\d+ (created|replaced|deleted)/);
    expect((await emulator.stats()).denied).toEqual([]);
    const [mended] = await images(REGIONS[0]);
    expect(mended).toMatchObject({ ImageId, Description: image?.Description });
    expect(mended?.DeprecationTime).toBeUndefined();
    const keys = (mended?.Tags ?? []).map(({ Key }) => Key);
    expect(keys).toContain("build-key");
    expect(keys).not.toContain("team");
    writeFileSync(join(project.folder, "index.ts"), program(declared));
    expect(await up("--refresh")).not.toMatch(/\d+ (created|replaced|deleted)/);
  });

  it("the role of the uploads puts blocks into the snapshot that its session names, and into no other", async () => {
    const credentials = {
      accessKeyId: operator["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: operator["AWS_SECRET_ACCESS_KEY"] ?? "",
    };
    const { ebs, ec2, sts } = emulator.clients({ credentials });
    const Tags = [{ Key: "copr-builders-stack", Value: "dev" }];
    const kmsKeyId = keys[REGIONS[0]];
    const sealed = { VolumeSize: 1, Tags, Encrypted: true, KmsKeyArn: kmsKeyId };
    const start = async () => (await ebs.send(new StartSnapshotCommand(sealed))).SnapshotId ?? "";
    const [ours, other] = [await start(), await start()];
    const Policy = sessionPolicy([{ region: REGIONS[0], snapshotId: ours, kmsKeyId }]);
    const asked = new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: "worker", Policy });
    const { Credentials } = await sts.send(asked);
    const role = emulator.clients({
      credentials: {
        accessKeyId: Credentials?.AccessKeyId ?? "",
        secretAccessKey: Credentials?.SecretAccessKey ?? "",
        sessionToken: Credentials?.SessionToken ?? "",
      },
    });
    await role.ebs.send(putCommand(ours, randomBlock(0)));
    const refused = { name: "AccessDeniedException" };
    await expect(role.ebs.send(putCommand(other, randomBlock(0)))).rejects.toMatchObject(refused);
    for (const SnapshotId of [ours, other]) await ec2.send(new DeleteSnapshotCommand({ SnapshotId }));
  });

  it("a machine that was taken away is made again, and of the first nothing is left", async () => {
    const [id] = Object.keys((await emulator.stats()).instances);
    await emulator.takeSpotInstance(id ?? "");
    await up("--refresh");
    expect(await left(emulator, REGIONS)).toMatchObject({ instances: 1, keys: 1, groups: 1, images: 4, volumes: 2 });
  });

  it("destroying leaves nothing, also of what a machine that was taken away has left", async () => {
    const { ec2 } = emulator.clients();
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({}));
    const machine = Reservations?.flatMap(({ Instances = [] }) => Instances).find(
      ({ State }) => State?.Name === "running",
    );
    const Tags = machine?.Tags?.filter(({ Key }) => Key === "Name" || Key?.startsWith("copr-builders-"));
    const tagged = (ResourceType: "volume" | "network-interface") => ({ TagSpecifications: [{ ResourceType, Tags }] });
    const AvailabilityZone = machine?.Placement?.AvailabilityZone;
    await ec2.send(new CreateVolumeCommand({ AvailabilityZone, Size: 1, ...tagged("volume") }));
    const { SubnetId } = machine ?? {};
    await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId, ...tagged("network-interface") }));
    const { code, output } = await project.pulumi("destroy", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
    expect(await left(emulator, REGIONS)).toEqual(NOTHING);
    // The role's own was meant, above.
    const { denied } = await emulator.stats();
    expect(denied.filter(({ principal }) => principal.includes(":user/"))).toEqual([]);
  });

  it("each grant of the policy was needed, by a call that no other grant allows", async () => {
    Object.assign(process.env, { ...emulator.environment, ...operator });
    expect(await awsPreflight(use)).toEqual([]);
    const kind = (resource: string) => resource.replace(/^.*:/, "").replace(/\/.*$/, "");
    const key = (sid: string, action: string, resource: string) => `${sid} ${action} ${kind(resource)}`;
    const { grantsUsed } = await emulator.stats();
    const used = new Set(grantsUsed.map(({ sid, action, resource }) => key(sid, action, resource)));
    const { operator: own, uploadRole } = policies(awsUse(use));
    const granted = [own, uploadRole].flatMap(({ Statement }) =>
      Statement.flatMap(({ Sid, Action, Resource }) =>
        Action.flatMap((action) => Resource.map((resource) => ({ action, name: key(Sid, action, resource) }))),
      ),
    );
    // On which of these kinds an action is asked is EC2's to say.
    const kinds = /^(EndLeftOvers|TagMachines|MakeKeysAndGroups|StartMachinesWith|ChangeAndEndMachines) /;
    // Asked by a role, of a denial, of a stock image that is missing, and where public access is blocked: nothing of that is here.
    const elsewhere =
      /^(ec2:GetAllowedImagesSettings|ec2:DescribeVpcBlockPublicAccessExclusions|iam:GetRole|sts:DecodeAuthorizationMessage)$/;
    const needed = ({ action, name }: { action: string; name: string }) =>
      used.has(name) ||
      elsewhere.test(action) ||
      (kinds.test(name) && [...used].some((one) => one.startsWith(`${name.split(" ")[0]} ${action} `)));
    expect(granted.filter((one) => !needed(one)).map(({ name }) => name)).toEqual([]);
  });

  it("of an instance that was being made when the engine was killed, destroying leaves nothing either", async () => {
    writeFileSync(join(project.folder, "index.ts"), program({ ...declared, archs: [] }));
    await emulator.pendingReads(30);
    const engine = spawn("pulumi", ["up", "--yes", "--skip-preview"], {
      cwd: project.folder,
      env: project.env,
      stdio: "ignore",
    });
    const ended = once(engine, "exit");
    await eventually("an instance", async () => ((await left(emulator, REGIONS)).instances === 1 ? true : undefined), {
      seconds: 120,
      everyMs: 100,
    });
    engine.kill("SIGKILL");
    await ended;
    await emulator.pendingReads(2);
    await project.pulumi("cancel", "--yes");
    const state = await project.pulumi("stack", "export");
    const { deployment } = JSON.parse(state.output) as { deployment: { resources: { type: string }[] } };
    expect(deployment.resources.map(({ type }) => type)).not.toContain("aws:ec2/instance:Instance");
    expect(await left(emulator, REGIONS)).toMatchObject({ instances: 1, keys: 1, groups: 1 });

    const { code, output } = await project.pulumi("destroy", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
    expect(output).toMatch(/ending instance i-\w+ in us-east-1, which a killed run left/);
    expect(await left(emulator, REGIONS)).toEqual(NOTHING);
  });
});
