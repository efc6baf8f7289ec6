/** What is declared, as the engine is asked for it: every field that a wrong default would decide. */
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { bootAttempts, workerAttempts } from "../attempts";
import { aws } from "./index";
import { sshAddress } from "./machine";
import { machineFindings, wantedMachines } from "./machines";
import type { AnyParts, Disk } from "../platform";
import { OWN_TAGS } from "./limits";
import type { AwsPlace, AwsWorker } from "./settings";

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}
let registered: Registered[] = [];
let asked: Record<string, unknown>[] = [];

let parts: AnyParts;

beforeAll(async () => {
  parts = await aws.parts();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }: pulumi.runtime.MockResourceArgs) => {
        registered.push({ type, name, inputs: inputs as Record<string, unknown> });
        const outputs = {
          publicKeyOpenssh: `ssh-ed25519 ${name}`,
          privateKeyOpenssh: `private ${name}`,
          publicIp: "192.0.2.8",
          privateIp: "10.0.0.8",
          instanceState: "running",
          era: 1,
          ebsBlockDevices: [{ deviceName: "/dev/sdf", volumeId: "vol-0123456789abcdef0" }],
        };
        return { id: `${name}-id`, state: { ...(inputs as Record<string, unknown>), ...outputs } };
      },
      call: ({ token, inputs }: pulumi.runtime.MockCallArgs) => {
        asked.push({ token, ...(inputs as object) });
        return token.includes("getAmi") ? { id: "ami-newest" } : { vpcId: "vpc-1" };
      },
    },
    "copr-builders",
    "devel",
  );
});
beforeEach(() => {
  registered = [];
  asked = [];
});

const value = <T>(output: pulumi.Input<T>): Promise<T> =>
  new Promise((resolve) => pulumi.output(output).apply((v) => resolve(v as T)));
const inputs = (type: string) => registered.filter((one) => one.type === type).map((one) => one.inputs);

const worker: AwsWorker = {
  platform: "aws",
  region: "us-east-1",
  instanceType: "c7g.xlarge",
  spot: true,
  subnets: ["subnet-1", "subnet-2"],
  ami: { owner: "125523088429", name: "Fedora-*" },
  diskGib: 20,
  scratchGib: 160,
  operatorCidr: "203.0.113.7/32",
  tags: { FedoraGroup: "copr", "copr-builders-stack": "somebody-else" },
  lifetimeMinutes: 60,
};
const place: AwsPlace = {
  platform: "aws",
  region: "us-east-1",
  volumeGib: 10,
  accounts: ["123456789012"],
  public: false,
  deprecateAfterDays: 30,
  tags: { FedoraGroup: "copr" },
  uploadRole: "arn:aws:iam::123456789012:role/upload",
  boot: {
    instanceTypes: { x86_64: "c7i.large", aarch64: "c7g.large" },
    subnets: ["subnet-1"],
    operatorCidr: "203.0.113.7/32",
  },
};
const disk: Disk = {
  version: 1,
  key: "ab".repeat(32),
  arch: "aarch64",
  disk: { sizeBytes: 1 << 30, dataBytes: 1 << 20, sha256: "cd".repeat(32) },
  objects: { "provenance.json": { object: "packages/x/abab.provenance.json", sizeBytes: 9, sha256: "5a".repeat(32) } },
  worker: { platform: "aws", type: "c7g.xlarge" },
  form: { snapshotId: "snap-0123", volumeGib: 12 },
  imageDigest: `sha256:${"01".repeat(32)}`,
  builtAt: "2026-11-24T10:20:33.123Z",
  seconds: { prepare: 1, build: 1, disk: 1, upload: 1, commit: 1 },
};

describe("a worker", () => {
  it("is the newest stock image of its own architecture, in the attempt's subnet and market", async () => {
    const first = parts.worker("w1", "aarch64", worker, {}, { number: 1, of: 2 });
    const last = parts.worker("w2", "aarch64", worker, {}, { number: 2, of: 2 });
    await Promise.all([value(first.machineId), value(last.machineId)]);
    const [spot, onDemand] = ["subnet-1", "subnet-2"].map((id) =>
      inputs("aws:ec2/instance:Instance").find(({ subnetId }) => subnetId === id),
    );
    expect(spot).toMatchObject({
      ami: "ami-newest",
      subnetId: "subnet-1",
      instanceMarketOptions: {
        marketType: "spot",
        spotOptions: { spotInstanceType: "one-time", instanceInterruptionBehavior: "terminate" },
      },
    });
    expect(onDemand).toMatchObject({ subnetId: "subnet-2" });
    expect(onDemand).not.toHaveProperty("instanceMarketOptions");
    expect(asked.find(({ token }) => String(token).includes("getAmi"))).toMatchObject({
      mostRecent: true,
      owners: ["125523088429"],
      filters: expect.arrayContaining([
        { name: "name", values: ["Fedora-*"] },
        { name: "architecture", values: ["arm64"] },
      ]),
    });
  });

  it("can be entered by us only, finds no credentials, and ends by itself", async () => {
    const { machineId, scratchDevice, ownMachine } = parts.worker("w", "aarch64", worker, {}, { number: 1, of: 2 });
    await value(machineId);
    const [instance] = inputs("aws:ec2/instance:Instance");
    expect(instance).toMatchObject({
      metadataOptions: { httpTokens: "required", httpEndpoint: "enabled" },
      instanceInitiatedShutdownBehavior: "terminate",
      rootBlockDevice: { volumeType: "gp3", encrypted: true, volumeSize: 20, deleteOnTermination: true },
      ebsBlockDevices: [{ volumeType: "gp3", encrypted: true, volumeSize: 160, deleteOnTermination: true }],
      vpcSecurityGroupIds: ["w-ssh-id"],
    });
    expect(instance).not.toHaveProperty("iamInstanceProfile");
    // Secrets arrive wrapped; the text is inside.
    expect(JSON.stringify(instance?.["userData"])).toMatch(/--on-active=60min.*poweroff/s);
    const [group] = inputs("aws:ec2/securityGroup:SecurityGroup");
    expect(group).toMatchObject({
      vpcId: "vpc-1",
      ingress: [{ protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: ["203.0.113.7/32"] }],
    });
    expect(ownMachine).toBe(true);
    expect(await value(scratchDevice ?? "")).toBe("/dev/disk/by-id/*vol0123456789abcdef0");
  });

  it("with a private address gets no other, and is entered by that", async () => {
    const inside = { ...worker, address: "private" as const };
    const { connection } = parts.worker("w", "aarch64", inside, {}, { number: 1, of: 1 });
    expect(await value(connection.host)).toBe("10.0.0.8");
    expect(inputs("aws:ec2/instance:Instance")[0]).toMatchObject({ associatePublicIpAddress: false });
    registered = [];
    const boot = { ...place, boot: { ...place.boot, address: "private" as const } };
    const machine = parts.boot("b", { arch: "x86_64", imageId: "ami-1", place: boot, lifetimeMinutes: 25 }, {});
    expect(await value(machine.connection.host)).toBe("10.0.0.8");
    expect(inputs("aws:ec2/instance:Instance")[0]).toMatchObject({ associatePublicIpAddress: false });
    expect(await value(parts.worker("v", "aarch64", worker, {}, { number: 1, of: 1 }).connection.host)).toBe(
      "192.0.2.8",
    );
  });

  it("and a boot check are in the groups of the settings, and have none made", async () => {
    const boot = { ...place, boot: { ...place.boot, securityGroups: ["sg-3"] } };
    const ofBoot = { arch: "x86_64" as const, imageId: "ami-1", place: boot, lifetimeMinutes: 25 };
    const own = { ...worker, securityGroups: ["sg-1", "sg-2"] };
    await value(parts.worker("w", "aarch64", own, {}, { number: 1, of: 1 }).machineId);
    await value(parts.boot("b", ofBoot, {}).machineId);
    const groups = inputs("aws:ec2/instance:Instance").map(({ vpcSecurityGroupIds }) => vpcSecurityGroupIds);
    expect(groups).toEqual([["sg-1", "sg-2"], ["sg-3"]]);
    expect(inputs("aws:ec2/securityGroup:SecurityGroup")).toEqual([]);
  });

  it("connects to what the settings say alone, and to everywhere where they say nothing", async () => {
    const out = async (name: string, more: Partial<AwsWorker> = {}) => {
      registered = [];
      await value(parts.worker(name, "aarch64", { ...worker, ...more }, {}, { number: 1, of: 1 }).machineId);
      return inputs("aws:ec2/securityGroup:SecurityGroup").map(({ egress }) => egress);
    };
    const rule = (...cidrBlocks: string[]) => [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks }];
    expect(await out("narrow", { egress: ["10.0.0.0/8", "198.51.100.7/32"] })).toEqual([
      rule("10.0.0.0/8", "198.51.100.7/32"),
    ]);
    expect(await out("wide")).toEqual([rule("0.0.0.0/0")]);
  });

  it("was stopped by hand: nothing dials an empty address, and it is said what to do", () => {
    expect(() => sshAddress("i-1", "", "stopped")).toThrow(
      'instance i-1 is stopped and has no address: did somebody stop it? Terminate it, then run "pulumi up" again',
    );
    expect(sshAddress("i-1", "192.0.2.8", "running")).toBe("192.0.2.8");
  });

  it("bears whose it is with all that it has, whatever tags the settings add, and is swept by nothing less", async () => {
    const madeFor = { stack: "outer", identity: "abcdefgh2345" };
    await value(parts.worker("w", "aarch64", worker, {}, { number: 1, of: 2, madeFor }).machineId);
    const [instance] = inputs("aws:ec2/instance:Instance");
    const mark = { Name: "devel-w", "copr-builders-owner": "abcdefgh2345" };
    const tags = { ...mark, "copr-builders-stack": "outer", FedoraGroup: "copr", arch: "aarch64" };
    expect(inputs("builders:index:AwsSweep")).toEqual([{ region: "us-east-1", bearing: [mark] }]);
    expect(instance).toMatchObject({ tags, volumeTags: tags });
    for (const type of ["aws:ec2/keyPair:KeyPair", "aws:ec2/securityGroup:SecurityGroup"]) {
      expect(inputs(type)).toEqual([expect.objectContaining({ tags: expect.objectContaining(tags) })]);
    }
  });
});

describe("boot-check-subnets", () => {
  const madeFor = { stack: "outer", identity: "abcdefgh2345" };
  const three = { ...place, boot: { ...place.boot, subnets: ["subnet-a", "subnet-b", "subnet-c"] } };
  const subnetOf = async (attempt?: number) => {
    registered = [];
    const spec = {
      arch: "x86_64",
      imageId: "ami-1",
      place: three,
      lifetimeMinutes: 25,
      madeFor,
      ...(attempt && { attempt }),
    } as const;
    await value(parts.boot("boot-1", spec, {}).machineId);
    return inputs("aws:ec2/instance:Instance").map(({ subnetId }) => subnetId);
  };

  it("is tried in the next subnet where a zone has no capacity, on demand", async () => {
    expect([await subnetOf(), await subnetOf(1), await subnetOf(2), await subnetOf(3), await subnetOf(4)]).toEqual(
      ["a", "a", "b", "c", "a"].map((letter) => [`subnet-${letter}`]),
    );
    expect(inputs("aws:ec2/instance:Instance")[0]).not.toHaveProperty("instanceMarketOptions");
  });

  it("has an attempt for each subnet, which people see by name, and never fewer than two", () => {
    const named = { attempts: 3, attemptNames: ["subnet-a", "subnet-b", "subnet-c"] };
    expect(bootAttempts(three)).toEqual(named);
    expect(bootAttempts(place)).toEqual({ attempts: 2, attemptNames: ["subnet-1", "subnet-1"] });
    const many = Array.from({ length: 12 }, (_, index) => `subnet-${index}`);
    expect(bootAttempts({ ...place, boot: { ...place.boot, subnets: many } }).attempts).toBe(10);
    expect(workerAttempts({ worker }, 3)).toEqual(["subnet-1, spot", "subnet-2, spot", "subnet-1, on demand"]);
  });

  it("needs its type in the zone of each subnet", () => {
    const use = {
      stack: "s",
      workers: [],
      places: [{ path: "targets.aws.regions[0]", arch: "x86_64" as const, spec: three }],
    };
    const machines = wantedMachines(use, "us-east-1");
    const info = { InstanceType: "c7i.large" as const, ProcessorInfo: { SupportedArchitectures: ["x86_64" as const] } };
    const subnets = ["a", "b", "c"].map((letter) => ({
      ...{ SubnetId: `subnet-${letter}`, AvailabilityZone: `us-east-1${letter}`, VpcId: "vpc-1" },
    }));
    const offered = new Set(["us-east-1a c7i.large", "us-east-1b c7i.large"]);
    expect(machineFindings("us-east-1", machines, { types: [info], subnets, offered })).toEqual([
      expect.objectContaining({ path: "targets.aws.regions[0].subnets[2]", problem: expect.stringMatching(/1c/) }),
    ]);
  });
});

describe("an image", () => {
  const spec = {
    arch: "aarch64" as const,
    imageName: "copr-builder-aarch64-g1-abababab",
    place,
    owner: { identity: "abcdefgh2345", resource: "copr-builder-aarch64-g1-abababab.aws" },
    store: { bucket: "builders", region: "us-east-1" },
  };

  it("says every field, arm64 for aarch64 whatever machine registers it", async () => {
    const { imageId } = parts.publish("image", spec, disk, {});
    expect(await value(imageId)).toBe("image-id");
    expect(inputs("aws:ec2/ami:Ami")).toEqual([
      {
        name: "copr-builder-aarch64-g1-abababab",
        description: "copr-builder-aarch64-g1-abababab, built 2026-11-24T10:20:33.123Z",
        architecture: "arm64",
        bootMode: "uefi",
        virtualizationType: "hvm",
        enaSupport: true,
        sriovNetSupport: "simple",
        imdsSupport: "v2.0",
        rootDeviceName: "/dev/sda1",
        ebsBlockDevices: [
          {
            deviceName: "/dev/sda1",
            snapshotId: "snap-0123",
            volumeSize: 12,
            volumeType: "gp3",
            iops: 3000,
            throughput: 125,
            deleteOnTermination: true,
          },
        ],
        deprecationTime: "2026-12-24T10:20:00Z",
        tags: {
          FedoraGroup: "copr",
          Name: "copr-builder-aarch64-g1-abababab",
          "copr-builders-stack": "devel",
          "copr-builders-owner": "abcdefgh2345",
          "copr-builders-resource": "copr-builder-aarch64-g1-abababab.aws",
          arch: "aarch64",
          "build-key": disk.key,
          "built-at": disk.builtAt,
          "disk-sha256": disk.disk.sha256,
          "image-digest": disk.imageDigest,
          "copr-builders-provenance": `packages/x/abab.provenance.json@sha256:${"5a".repeat(32)}`,
        },
      },
    ]);
    const [image] = inputs("aws:ec2/ami:Ami");
    expect(Object.keys(image?.["tags"] as object).sort()).toEqual([...OWN_TAGS, "FedoraGroup"].sort());
    await vi.waitFor(() => {
      const permissions = inputs("aws:ec2/amiLaunchPermission:AmiLaunchPermission");
      expect(permissions).toEqual([{ imageId: "image-id", accountId: "123456789012" }]);
    });
  });

  it("of x86_64 prefers UEFI, and may be everybody's", async () => {
    const everybody = { ...place, accounts: [], public: true };
    await value(parts.publish("x", { ...spec, arch: "x86_64", place: everybody }, disk, {}).imageId);
    expect(inputs("aws:ec2/ami:Ami")[0]).toMatchObject({ architecture: "x86_64", bootMode: "uefi-preferred" });
    await vi.waitFor(() => {
      expect(inputs("aws:ec2/amiLaunchPermission:AmiLaunchPermission")).toEqual([{ imageId: "x-id", group: "all" }]);
    });
  });

  it("in another region is encrypted with that region's key, or as the account does", async () => {
    const kmsKeyId = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd";
    const copyOf = { place, imageId: "ami-source" };
    const copy = (more: object) => ({ ...spec, place: { ...place, region: "eu-west-1", ...more }, copyOf });
    await value(parts.publish("sealed", copy({ kmsKeyId }), disk, {}).imageId);
    await value(parts.publish("plain", copy({}), disk, {}).imageId);
    const [sealed, plain] = inputs("aws:ec2/amiCopy:AmiCopy");
    expect(sealed).toMatchObject({ encrypted: true, kmsKeyId });
    expect(plain).toMatchObject({ encrypted: false });
    expect(plain).not.toHaveProperty("kmsKeyId");
  });

  it("in another region is a copy, made once the source is agreed to be there", async () => {
    const copyOf = { place, imageId: "ami-source" };
    const copy = { ...spec, place: { ...place, region: "eu-west-1" }, copyOf };
    await value(parts.publish("copy", { ...copy, again: "1" }, disk, {}).imageId);
    expect(inputs("aws:ec2/ami:Ami")).toEqual([]);
    expect(inputs("builders:index:AwsImageName")).toEqual([
      {
        region: "eu-west-1",
        name: spec.imageName,
        stack: "devel",
        owner: spec.owner,
        origin: { imageId: "ami-source", region: "us-east-1" },
        again: "1",
      },
    ]);
    expect(inputs("aws:ec2/amiCopy:AmiCopy")[0]).toMatchObject({
      name: spec.imageName,
      sourceAmiId: "ami-source",
      sourceAmiRegion: "us-east-1",
      deprecationTime: "2026-12-24T10:20:00Z",
    });
    expect(inputs("builders:index:AwsImageReady")).toEqual([
      {
        region: "eu-west-1",
        imageId: "copy-id",
        name: spec.imageName,
        stack: "devel",
        identity: "abcdefgh2345",
        copied: true,
      },
    ]);
  });
});
