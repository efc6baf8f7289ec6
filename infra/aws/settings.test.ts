import { describe, expect, it } from "vitest";
import { bootLaunch } from "./launch";
import { awsPlaces, awsTarget, awsWorker } from "./settings";

const target = {
  platform: "aws",
  regions: [
    { name: "us-east-1", output: "us_east", subnets: ["subnet-1"] },
    { name: "eu-west-1", output: "eu_west", subnets: ["subnet-2"] },
  ],
  uploadRole: "arn:aws:iam::123456789012:role/upload",
  operatorCidr: "203.0.113.7/32",
};
const worker = {
  platform: "aws",
  region: "us-east-1",
  instanceType: "c7i.xlarge",
  subnets: ["subnet-1"],
  ami: { owner: "125523088429", name: "Fedora-*" },
};

/** Messages by path. */
function mistakes(schema: ReturnType<typeof awsTarget> | ReturnType<typeof awsWorker>) {
  return (value: unknown): string[] => {
    const issues = schema.safeParse(value).error?.issues ?? [];
    return issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  };
}

it("a worker may be narrowed to some ranges, by the group that is made for it alone", () => {
  const of = (more: object) => mistakes(awsWorker({}))({ ...worker, operatorCidr: "203.0.113.7/32", ...more });
  expect(of({ egress: ["10.0.0.0/8", "198.51.100.7/32"] })).toEqual([]);
  expect(of({ egress: ["10.0.0.0/8"], securityGroups: ["sg-0a"] })).toEqual([
    expect.stringMatching(/^egress: is for the security group that is made.*leave out one of the two$/),
  ]);
  expect(of({ egress: ["0.0.0.0/0", "10.1.0.0/8", "everything"] })).toEqual([
    expect.stringMatching(/^egress\.0: lets everything out.*leave egress out$/),
    expect.stringMatching(/^egress\.1: .*begins within a range; write 10\.0\.0\.0\/8/),
    expect.stringMatching(/^egress\.2: .*is not an IPv4 range; write an IPv4 range/),
  ]);
  expect(of({ egress: [] })).toHaveLength(1);
});

describe("the operator's address", () => {
  const ofWorker = (value: unknown, operatorCidr?: string) =>
    (awsWorker({ COPR_BUILDERS_OPERATOR_CIDR: operatorCidr }).safeParse(value).error?.issues ?? []).map(
      ({ message }) => message,
    );

  it("must be said, is never asked of a service out there, and is never everybody's", () => {
    expect(ofWorker(worker)).toEqual([expect.stringMatching(/^missing; .*203\.0\.113\.7\/32.*OPERATOR_CIDR/)]);
    expect(ofWorker({ ...worker, operatorCidr: "0.0.0.0/0" })).toEqual([expect.stringContaining("admits everybody")]);
    expect(ofWorker({ ...worker, operatorCidr: "me" })).toEqual([expect.stringContaining('"me" is not an IPv4 range')]);
  });

  it("is asked for of a target only where a region has none of its own", () => {
    const { operatorCidr: _, regions, ...rest } = target;
    const [first, second] = regions;
    const own = { operatorCidr: "10.0.0.5/32" };
    const ofTarget = mistakes(awsTarget({}));
    expect(ofTarget({ ...rest, regions })).toEqual([expect.stringMatching(/^operatorCidr: missing; .*203\.0\.113\.7/)]);
    expect(ofTarget({ ...rest, regions: [{ ...first, ...own }, second] })).toHaveLength(1);
    const each = { ...rest, regions: [first, second].map((region) => ({ ...region, ...own })) };
    expect(ofTarget(each)).toEqual([]);
    expect(awsPlaces(awsTarget({}).parse(each)).map(({ boot }) => boot.operatorCidr)).toEqual(
      Array(2).fill("10.0.0.5/32"),
    );
    const inEnvironment = awsTarget({ COPR_BUILDERS_OPERATOR_CIDR: "198.51.100.4/32" }).parse({ ...rest, regions });
    expect(awsPlaces(inEnvironment)[0]?.boot.operatorCidr).toBe("198.51.100.4/32");
    expect(mistakes(awsTarget({ COPR_BUILDERS_OPERATOR_CIDR: "0.0.0.0/0" }))({ ...rest, regions })).toHaveLength(1);
  });

  it("may come from the environment, checked like one that is written", () => {
    expect(awsWorker({ COPR_BUILDERS_OPERATOR_CIDR: "198.51.100.4/32" }).parse(worker).operatorCidr).toBe(
      "198.51.100.4/32",
    );
    expect(ofWorker(worker, "0.0.0.0/0")).toEqual([expect.stringContaining("admits everybody")]);
  });
});

describe("a partition", () => {
  const of = (names: readonly unknown[], part: string) =>
    mistakes(awsTarget({}))({
      ...target,
      regions: names.map((name, index) => ({ name, output: `o${index}`, subnets: ["subnet-1"] })),
      uploadRole: `arn:${part}:iam::123456789012:role/upload`,
    });

  it("is one of a target: that of all its regions and of the role", () => {
    expect(of(["us-gov-west-1", "us-gov-east-1"], "aws-us-gov")).toEqual([]);
    expect(of(["cn-north-1"], "aws-cn")).toEqual([]);
    expect(of(["us-gov-west-1"], "aws")).toEqual([
      "uploadRole: is a role of aws, and us-gov-west-1 is of aws-us-gov; name one there, arn:aws-us-gov:iam::ACCOUNT:role/NAME",
    ]);
    expect(of(["us-east-1", "eu-west-1", "cn-north-1"], "aws")).toEqual([
      "regions.2.name: cn-north-1 is of aws-cn, us-east-1 of aws, and no account has both; make a target of its own",
    ]);
    // Any other mistake is said as what it is.
    expect(of([7], "aws-cn")).toHaveLength(1);
  });
});

it("a subnet twice is a mistake: the next attempt would be in the same zone", () => {
  const regions = [{ name: "us-east-1", subnets: ["subnet-1", "subnet-2", "subnet-1"] }];
  expect(mistakes(awsTarget({}))({ ...target, regions })).toEqual([
    'regions.0.subnets.2: "subnet-1" is [0] too; remove one',
  ]);
});

describe("awsPlaces", () => {
  it("makes every region complete, so that the ledger needs no settings", () => {
    const [first, second] = awsPlaces(awsTarget({}).parse({ ...target, accounts: ["123456789012"], volumeGib: 12 }));
    expect(first).toEqual({
      platform: "aws",
      region: "us-east-1",
      output: "us_east",
      volumeGib: 12,
      accounts: ["123456789012"],
      public: false,
      tags: {},
      uploadRole: target.uploadRole,
      boot: {
        instanceTypes: { x86_64: "c7i.large", aarch64: "c7g.large" },
        subnets: ["subnet-1"],
        operatorCidr: "203.0.113.7/32",
      },
    });
    expect(second).toMatchObject({ region: "eu-west-1", boot: { subnets: ["subnet-2"] } });
  });

  it("needs a role to upload with", () => {
    const { uploadRole: _, ...without } = target;
    expect(mistakes(awsTarget({}))(without)).toEqual([expect.stringMatching(/^uploadRole: missing; name the role/)]);
  });
});

describe("kmsKeyId", () => {
  const key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  const [first, second] = target.regions;
  const ofTarget = (kmsKeyId: string) =>
    mistakes(awsTarget({}))({ ...target, regions: [{ ...first, kmsKeyId }, second] });

  it("is each region's own, of its snapshots, copies and boot checks, and a worker's of its volumes", () => {
    const elsewhere = "arn:aws:kms:eu-west-1:210987654321:key/mrk-1234abcd12ab34cd56ef1234567890ab";
    const regions = [
      { ...first, kmsKeyId: key },
      { ...second, kmsKeyId: elsewhere },
    ];
    const places = awsPlaces(awsTarget({}).parse({ ...target, regions }));
    expect(places.map(({ kmsKeyId }) => kmsKeyId)).toEqual([key, elsewhere]);
    const own = { ...worker, operatorCidr: "203.0.113.7/32", kmsKeyId: key };
    expect(awsWorker({}).parse(own).kmsKeyId).toBe(key);
  });

  it.each([
    [
      "1234abcd-12ab-34cd-56ef-1234567890ab",
      /"1234abcd-.*" is a key's id without its account and region; .*describe-key/,
    ],
    ["mrk-1234abcd12ab34cd56ef1234567890ab", /is a key's id without its account and region/],
    ["alias/builders", /"alias\/builders" is an alias, which may lead to another key tomorrow; name the key itself/],
    ["arn:aws:kms:us-east-1:123456789012:alias/builders", /is an alias/],
    ["arn:aws:s3:::builders", /is not the ARN of a KMS key; name the key itself, arn:aws:kms:REGION:ACCOUNT:key\/ID$/],
    [key.replace("us-east-1", "eu-west-1"), /is a key of eu-west-1, and us-east-1 encrypts with its own alone/],
    ["", /^[^;]*empty; name the key itself/],
  ])("that is %s is refused by path", (value, message) => {
    expect(ofTarget(value)).toEqual([expect.stringMatching(message)]);
    expect(ofTarget(value)[0]).toMatch(/^regions\.0\.kmsKeyId: /);
    const ofWorker = awsWorker({}).safeParse({ ...worker, operatorCidr: "203.0.113.7/32", kmsKeyId: value });
    expect(ofWorker.error?.issues.map(({ path }) => path)).toEqual([["kmsKeyId"]]);
  });
});

describe("a jump host", () => {
  const jumpHost = {
    ...{ host: "bastion.example.org", user: "core", privateKeyFile: "keys/bastion" },
    hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBPq4fO5gVbX2pUqVbB3k6l7Yy3mFqT0Yw7pQkqYb0Qx",
  };
  const [first, second] = target.regions;

  it("is for machines without a public address: nobody may ask for one beside it", () => {
    const operatorCidr = "10.0.0.5/32";
    const ofWorker = mistakes(awsWorker({}));
    expect(ofWorker({ ...worker, operatorCidr, jumpHost })).toEqual([]);
    expect(ofWorker({ ...worker, operatorCidr, jumpHost, address: "private" })).toEqual([]);
    const both = [expect.stringMatching(/^address: is for machines that ssh reaches by themselves.*leave out one/)];
    expect(ofWorker({ ...worker, operatorCidr, jumpHost, address: "public" })).toEqual(both);
    const ofTarget = mistakes(awsTarget({}));
    const regions = [first, { ...second, jumpHost }];
    expect(ofTarget({ ...target, regions })).toEqual([]);
    expect(ofTarget({ ...target, regions, address: "public" })).toEqual(both);
  });

  it("is one region's, whose machines it has its own address for", () => {
    const regions = [first, { ...second, jumpHost, operatorCidr: "10.0.0.5/32" }];
    const places = awsPlaces(awsTarget({}).parse({ ...target, regions }));
    expect(places.map(({ boot }) => [boot.jumpHost?.host, boot.operatorCidr])).toEqual([
      [undefined, "203.0.113.7/32"],
      ["bastion.example.org", "10.0.0.5/32"],
    ]);
    const launches = places.map((place) => bootLaunch("x86_64", place).address);
    expect(launches).toEqual(["public", "private"]);
  });
});
