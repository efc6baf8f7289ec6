import { beforeEach, describe, expect, it, vi } from "vitest";
import type { PlatformUse } from "../platform";
import type { AwsPlace, AwsWorker } from "./settings";
import { grants } from "./actions";
import type { Action } from "./action-names";
import { openClients, type Clients } from "./ask";
import { awsUse } from "./grants";
import { awsPreflight } from "./preflight";
import { awsPlaces, awsTarget, awsWorker } from "./settings";

const KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const ROLE = "arn:aws:iam::123456789012:role/upload";

const worker = awsWorker({}).parse({
  platform: "aws",
  region: "us-east-1",
  instanceType: "c7i.xlarge",
  subnets: ["subnet-1a", "subnet-1b"],
  ami: { owner: "125523088429", name: "Fedora-*" },
  operatorCidr: "203.0.113.7/32",
});
const target = awsTarget({}).parse({
  platform: "aws",
  regions: [
    { name: "us-east-1", output: "a", subnets: ["subnet-1a"] },
    { name: "eu-west-1", output: "b", subnets: ["subnet-2a"] },
  ],
  uploadRole: ROLE,
  operatorCidr: "203.0.113.7/32",
  accounts: ["210987654321"],
  deprecateAfterDays: 30,
});
const use: PlatformUse<AwsWorker, AwsPlace> = {
  stack: "devel",
  workers: [{ path: "architectures.x86_64.worker", arch: "x86_64", spec: worker }],
  places: awsPlaces(target).map((spec, index) => {
    return { path: `targets.aws.regions[${index}]`, arch: "x86_64" as const, spec };
  }),
};

/** What AWS has and allows; a test changes it. */
interface World {
  denied: Set<string>;
  roleDenied: boolean;
  /** What EC2 encrypts with by default. */
  key: string;
  /** What a refusal says. */
  refusal: string;
  quota: number;
  running: object[];
  types: object[];
  offerings: object[];
  subnets: object[];
  images: object[];
}
let world: World;
/** `ACTION KIND` of what IAM was asked. */
let asked: Set<string>;
/** Requests that would have changed something. */
let effects: string[];

beforeEach(() => {
  effects = [];
  asked = new Set();
  const zones = { "subnet-1a": "us-east-1a", "subnet-1b": "us-east-1b", "subnet-2a": "eu-west-1a" };
  const types = ["c7i.xlarge", "c7i.large"];
  world = {
    denied: new Set(),
    roleDenied: false,
    key: "alias/aws/ebs",
    refusal: "no",
    quota: 64,
    running: [],
    types: types.map((InstanceType) => ({
      InstanceType,
      VCpuInfo: { DefaultVCpus: 4 },
      ProcessorInfo: { SupportedArchitectures: ["x86_64"] },
    })),
    offerings: Object.values(zones).flatMap((Location) => types.map((InstanceType) => ({ Location, InstanceType }))),
    subnets: Object.entries(zones).map(([SubnetId, AvailabilityZone]) => ({
      SubnetId,
      AvailabilityZone,
      VpcId: `vpc-${AvailabilityZone.slice(0, 2)}`,
    })),
    images: [{ ImageId: "ami-stock", CreationDate: "2026-01-01" }],
  };
});

function refusal(name: string, status = 403): Error {
  return Object.assign(new Error(world.refusal), { name, $metadata: { httpStatusCode: status } });
}

const open = (region: string): Promise<Clients> => {
  const client = (service: string) => ({
    send: (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
      const name = command.constructor.name.replace(/Command$/, "");
      const { input } = command;
      if (world.denied.has(`${service}:${name}`)) return Promise.reject(refusal("UnauthorizedOperation"));
      if (input["DryRun"] === true) return Promise.reject(refusal("DryRunOperation", 412));
      if (!/^(Describe|Get|Simulate|AssumeRole)/.test(name)) effects.push(name);
      return Promise.resolve(answer(name, input, region));
    },
  });
  return Promise.resolve({
    ec2: client("ec2"),
    iam: client("iam"),
    quotas: client("servicequotas"),
    sts: client("sts"),
  } as unknown as Clients);
};

function answer(name: string, input: Record<string, unknown>, region: string): unknown {
  const inRegion = ({ AvailabilityZone }: { AvailabilityZone?: string }) => AvailabilityZone?.startsWith(region);
  switch (name) {
    case "GetCallerIdentity":
      return { Arn: "arn:aws:iam::123456789012:user/me" };
    case "SimulatePrincipalPolicy": {
      const isRole = input["PolicySourceArn"] === ROLE;
      const names = input["ActionNames"] as string[];
      const [on = ""] = input["ResourceArns"] as string[];
      for (const action of names) asked.add(`${action} ${on.split(":")[5]?.split("/")[0]}`);
      const no = (action: string) => (isRole ? world.roleDenied : world.denied.has(action));
      return {
        EvaluationResults: names.map((EvalActionName) => ({
          EvalActionName,
          EvalDecision: no(EvalActionName) ? "implicitDeny" : "allowed",
        })),
      };
    }
    case "GetEbsDefaultKmsKeyId":
      return { KmsKeyId: world.key };
    case "GetServiceQuota":
      return { Quota: { Value: world.quota } };
    case "DescribeInstances":
      return { Reservations: [{ Instances: world.running }] };
    case "DescribeInstanceTypes":
      return { InstanceTypes: world.types };
    case "DescribeInstanceTypeOfferings":
      return { InstanceTypeOfferings: world.offerings };
    case "DescribeSubnets":
      return { Subnets: world.subnets.filter(inRegion) };
    case "DescribeImages":
      return { Images: Array.isArray(input["Owners"]) && input["Owners"][0] === "self" ? [] : world.images };
    default:
      return {};
  }
}

const problems = async (): Promise<string[]> =>
  (await awsPreflight(use, open)).map(({ path, problem }) => `${path}: ${problem}`);

describe("permissions", () => {
  it("find nothing where all is allowed, and change nothing by asking", async () => {
    expect(await problems()).toEqual([]);
    expect(effects).toEqual([]);
    // A policy that somebody narrowed may well deny to open a machine or to end a key: nobody needs it.
    const odd =
      /^ec2:(\w*SecurityGroup\w*|DeleteKeyPair) (instance|network-interface|volume)|Terminate\w+ (?!instance)/;
    expect([...asked].filter((one) => odd.test(one))).toEqual([]);
    expect(asked).toContain("ec2:AuthorizeSecurityGroupIngress security-group");
  });

  /** What preflight itself does: it says so where it can't. */
  const ITS_OWN = /^(iam|sts):/;
  const all = [...new Set(grants(awsUse(use)).flatMap((grant): readonly Action[] => grant.actions))];
  const actions = all.filter((action) => !ITS_OWN.test(action));
  it.each(actions)("name %s, alone, when it is missing, with the statement to add", async (action) => {
    world.denied.add(action);
    // What EC2 uses in our name needs a permission where it is the account's own.
    if (action.startsWith("kms:")) world.key = KEY;
    const findings = (await awsPreflight(use, open)).filter(({ problem }) => problem.includes("is not allowed"));
    expect(findings.map(({ problem }) => problem)).toEqual([
      `arn:aws:iam::123456789012:user/me is not allowed ${action}`,
    ]);
    expect(findings[0]?.remedy).toContain(`"Action":["${action}"]`);
  });

  it("of asking what names images stop nothing, denied by whomever: a run keeps more then", async () => {
    world.denied.add("ec2:DescribeImageReferences").add("ssm:GetParameters");
    const missing = await awsPreflight(use, open);
    expect(missing.map(({ problem, note }) => ({ problem, note }))).toEqual(
      ["ec2:DescribeImageReferences", "ssm:GetParameters"].map((action) => ({
        problem: `arn:aws:iam::123456789012:user/me is not allowed ${action}`,
        note: true,
      })),
    );
    expect(missing[0]?.remedy).toMatch(/^nothing stops for that; until then old generations stay.*add to its policy/s);
    world.denied = new Set(["ec2:DescribeImageReferences"]);
    world.refusal =
      "User: me is not authorized to perform: ec2:DescribeImageReferences with an explicit deny in a service control policy";
    const [rule, ...more] = await awsPreflight(use, open);
    expect(more).toEqual([]);
    expect(rule).toMatchObject({ note: true, remedy: expect.stringMatching(/^nothing stops.*organization/s) });
    // What bars the way of networks is looked at where it may be.
    world.denied = new Set(["ec2:DescribeNetworkAcls"]);
    world.refusal = "no";
    const [barred, ...others] = await awsPreflight(use, open);
    expect(others).toEqual([]);
    expect(barred).toMatchObject({ note: true, remedy: expect.stringMatching(/^nothing stops.*found by the run/s) });
    // What something else needs too stops as before.
    world.denied = new Set(["ec2:DescribeImages"]);
    expect((await awsPreflight(use, open)).some(({ note }) => note === true)).toBe(false);
  });

  it.each(["alias/aws/ebs", "arn:aws:kms:us-east-1:123456789012:alias/aws/ebs"])(
    "on keys are not needed where EC2 encrypts with %s",
    async (key) => {
      world.key = key;
      world.denied.add("kms:Decrypt").add("kms:CreateGrant");
      expect(await problems()).toEqual([]);
    },
  );

  it("of asking IAM are no finding that stops: what could not be asked is a note", async () => {
    world.denied.add("iam:SimulatePrincipalPolicy");
    expect(await awsPreflight(use, open)).toEqual([
      expect.objectContaining({
        path: "aws",
        problem: expect.stringMatching(/iam:SimulatePrincipalPolicy/),
        note: true,
      }),
    ]);
  });

  it("of becoming the upload role are tried: its policy, its trust, or what stands above", async () => {
    world.denied.add("sts:AssumeRole");
    const [finding, ...more] = await awsPreflight(use, open);
    expect(more).toEqual([]);
    expect(finding?.path).toBe("targets.aws.uploadRole");
    expect(finding?.remedy).toContain(`"Action":["sts:AssumeRole"],"Resource":["${ROLE}"]`);
    world.refusal = "not authorized to perform: sts:AssumeRole with an explicit deny in a service control policy";
    const [forbidden] = await awsPreflight(use, open);
    expect(forbidden?.remedy).toMatch(/organization/);
    expect(forbidden?.remedy).not.toContain("Action");
  });

  it.each(["iam:GetRole", "sts:DecodeAuthorizationMessage"])(
    "are not needed of %s where all else is allowed",
    async (action) => {
      world.denied.add(action);
      expect(await problems()).toEqual([]);
    },
  );

  it("name what a refusal names: tags at creation need an action of their own", async () => {
    world.denied.add("ec2:ImportKeyPair");
    world.refusal = "User: me is not authorized to perform: ec2:CreateTags on resource: key-pair/x";
    expect((await problems())[0]).toMatch(/is not allowed ec2:CreateTags$/);
  });

  it("are listed all at once", async () => {
    for (const action of ["ec2:RunInstances", "ebs:StartSnapshot", "ec2:DeregisterImage"]) world.denied.add(action);
    expect(await problems()).toHaveLength(3);
  });

  it("of the role that workers upload with are looked at too", async () => {
    world.roleDenied = true;
    expect(await problems()).toEqual([`targets.aws.uploadRole: ${ROLE} is not allowed ebs:PutSnapshotBlock`]);
  });

  it("are not asked for where nobody knows us", async () => {
    world.denied.add("sts:GetCallerIdentity");
    expect(await problems()).toEqual([expect.stringMatching(/^aws: AWS in us-east-1 does not know who we are/)]);
  });
});

describe("machines", () => {
  it("that can't be had are named where the settings have them", async () => {
    world.offerings = world.offerings.filter((one) => (one as { Location: string }).Location !== "us-east-1b");
    world.subnets = world.subnets.filter((one) => (one as { SubnetId: string }).SubnetId !== "subnet-2a");
    world.images = [];
    expect((await problems()).sort()).toEqual([
      "architectures.x86_64.worker.ami: us-east-1 has no image of 125523088429 named Fedora-* for this architecture",
      "architectures.x86_64.worker.subnets[1]: subnet-1b is in us-east-1b, which does not offer c7i.xlarge",
      "targets.aws.regions[1].subnets[0]: eu-west-1 has no subnet subnet-2a",
    ]);
  });

  it.each(["copr-builders-owner", "copr-builders-stack", "copr-builders-resource", "build-key"])(
    "never start from an image of ours, whatever it is called: it has the tag %s",
    async (Key) => {
      const image = { ImageId: "ami-ours", Name: "Fedora-Cloud-44", CreationDate: "2026-02-01" };
      world.images.push({ ...image, Tags: [{ Key, Value: "abcdefgh2345" }] });
      expect(await problems()).toEqual([
        "architectures.x86_64.worker.ami: ami-ours (Fedora-Cloud-44) in us-east-1 is an image that this program made: " +
          "a build that starts from it trusts every build before it",
      ]);
      world.images = [{ ...image, Tags: [{ Key: "Team", Value: "copr" }] }];
      expect(await problems()).toEqual([]);
    },
  );

  it("of another architecture are refused before they fail to boot", async () => {
    world.types = world.types.map((type) => ({ ...type, ProcessorInfo: { SupportedArchitectures: ["arm64"] } }));
    expect(await problems()).toContain(
      "architectures.x86_64.worker.instanceType: c7i.xlarge is for arm64, not for x86_64",
    );
  });

  it("that go beyond a quota are, with what runs already", async () => {
    world.running = [
      { InstanceType: "m5.large", InstanceLifecycle: "spot", CpuOptions: { CoreCount: 31, ThreadsPerCore: 2 } },
    ];
    expect(await problems()).toEqual([
      "architectures.x86_64.worker.instanceType: us-east-1 allows 64 vCPUs of standard spot instances, 62 run, and 4 more are needed",
    ]);
  });

  it("that go beyond it with all boots of a check, which run at once, are", async () => {
    world.quota = 16;
    expect(await problems()).toEqual([]);
    const more = (await awsPreflight({ ...use, boots: 9 }, open)).map(({ problem }) => problem);
    expect(more).toContainEqual(
      expect.stringMatching(/allows 16 vCPUs of standard on-demand instances, 0 run, and 36 more/),
    );
  });
});

describe("credentials", () => {
  const now = new Date("2026-11-26T14:10:00Z");
  const found = async (end: string | undefined, minutes?: number) => {
    const ends = () => Promise.resolve(end === undefined ? undefined : new Date(end));
    const withEnd = async (region: string) => ({ ...(await open(region)), ends });
    return awsPreflight({ ...use, ...(minutes === undefined ? {} : { minutes }) }, withEnd, now);
  };

  it("that end in the middle of a run are refused with both times", async () => {
    const [finding, ...more] = await found("2026-11-26T14:20:00Z", 90);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ path: "aws" });
    expect(finding?.problem).toMatch(/end at 2026-11-26 14:20 UTC, and the run may take until 2026-11-26 15:40 UTC$/);
  });

  it.each([
    ["2026-11-26T15:40:00Z", 90],
    [undefined, 90],
    ["2026-11-26T14:20:00Z", undefined],
  ] as const)("that end at %s are enough for a run of %s minutes", async (end, minutes) => {
    expect(await found(end, minutes)).toEqual([]);
  });

  it.each([
    ["AWS_CREDENTIAL_EXPIRATION of the environment", { AWS_CREDENTIAL_EXPIRATION: "2026-11-26T15:00:00Z" }, true],
    ["nothing in the environment", {}, false],
  ])("have the end that %s says", async (_, more, ends) => {
    const session = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b", AWS_SESSION_TOKEN: "c", ...more };
    for (const [name, value] of Object.entries(session)) vi.stubEnv(name, value);
    const { ends: end } = await openClients("us-east-1");
    expect(await end?.()).toEqual(ends ? new Date("2026-11-26T15:00:00Z") : undefined);
    vi.unstubAllEnvs();
  });
});
