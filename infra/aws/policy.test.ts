import { describe, expect, it } from "vitest";
import { awsPlaces, awsTarget, awsWorker } from "./settings";
import { handedIn, policies, type PolicyDocument } from "./policy";
import { grants } from "./actions";
import type { AwsUse } from "./grants";

const COMMERCIAL = ["us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-west-2", "eu-west-3"].concat([
  ...["eu-central-1", "eu-north-1", "ap-south-1", "ap-southeast-1", "ap-northeast-1"],
]);

/** A stack that builds in the first region and publishes in all of them. */
function use(partition: string, regions: readonly string[]): AwsUse {
  const subnets = ["subnet-0a00000000000001a"];
  const defaults = { COPR_BUILDERS_OPERATOR_CIDR: "203.0.113.7/32" };
  const target = awsTarget(defaults).parse({
    platform: "aws",
    regions: regions.map((name) => ({ name, output: name, subnets })),
    uploadRole: `arn:${partition}:iam::210987654321:role/upload`,
  });
  const [region = "none"] = regions;
  const ami = { owner: "210987654321", name: "Fedora-Cloud-Base-*" };
  const worker = awsWorker(defaults).parse({ platform: "aws", region, instanceType: "c7i.xlarge", subnets, ami });
  return {
    ...{ stack: "devel", store: { bucket: "images", region } },
    workers: [{ path: "w", arch: "x86_64", spec: worker }],
    places: awsPlaces(target).map((spec) => ({ path: "t", arch: "x86_64" as const, spec })),
  };
}

/** Everything that documents grant, each action on each thing by itself. */
const granted = (documents: readonly PolicyDocument[]): string[] =>
  documents
    .flatMap(({ Statement }) => Statement)
    .flatMap(({ Action, Resource, Condition }) =>
      Action.flatMap((action) => Resource.map((thing) => `${action} ${thing} ${JSON.stringify(Condition ?? {})}`)),
    )
    .sort();

describe.each([
  ["aws", COMMERCIAL.slice(0, 1)],
  ["aws", COMMERCIAL.slice(0, 3)],
  ["aws", COMMERCIAL],
  ["aws-us-gov", ["us-gov-west-1", "us-gov-east-1"]],
  ["aws-cn", ["cn-north-1", "cn-northwest-1"]],
  ["aws-iso-b", ["us-isob-east-1"]],
  ["aws-eusc", ["eusc-de-east-1"]],
])("the documents for %s with the regions %j", (partition, regions) => {
  const whole = policies(use(partition, regions));
  const parts = handedIn(whole);

  it("are each below IAM's limit for a managed policy, and at most ten, as many as a user may have", () => {
    const sizes = Object.values(parts).map((document) => JSON.stringify(document).replaceAll(/\s/g, "").length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(6144);
    expect(sizes.length).toBeLessThanOrEqual(10);
  });

  it("grant together what was declared, and nothing else", () => {
    const of = (name: string) => Object.entries(parts).flatMap(([key, part]) => (key.startsWith(name) ? [part] : []));
    expect(granted(of("operator"))).toEqual(granted([whole.operator]));
    expect(granted(of("uploadRole"))).toEqual(granted([whole.uploadRole]));
  });

  it("name each statement once, in letters and digits", () => {
    for (const { Statement } of Object.values(parts)) {
      const sids = Statement.map(({ Sid }) => Sid);
      expect(new Set(sids).size).toBe(sids.length);
      for (const sid of sids) expect(sid).toMatch(/^[A-Za-z0-9]+$/);
    }
  });

  it("have ARNs of that partition alone, the store's too", () => {
    const arns = JSON.stringify(parts).match(/arn:[^"]*/g) ?? [];
    expect(arns.filter((arn) => !arn.startsWith(`arn:${partition}:`))).toEqual([]);
    expect(arns.filter((arn) => arn.includes(":s3:::images")).length).toBeGreaterThan(1);
  });
});

it("what is the same under the same condition, by its things or by its actions, is one statement, and all say what was declared", () => {
  const ours = use("aws", ["us-east-1", "eu-west-1"]);
  const { operator } = policies(ours);
  const terms = operator.Statement.map(({ Resource, Condition }) => JSON.stringify([Resource, Condition]));
  expect(new Set(terms).size).toBe(terms.length);
  const doings = operator.Statement.map(({ Action, Condition }) => JSON.stringify([Action, Condition]));
  expect(new Set(doings).size).toBe(doings.length);
  const declared = grants(ours).flatMap(({ actions, resources, condition = {} }) =>
    actions.flatMap((action) => resources.map((thing) => `${action} ${thing} ${JSON.stringify(condition)}`)),
  );
  expect(granted([operator])).toEqual([...new Set<string>(declared)].sort());
});

describe("keys", () => {
  const onKeys = ({ Statement }: PolicyDocument) =>
    Statement.filter(({ Action }) => Action.some((action) => action.startsWith("kms:")));
  const grant = (region: string) => ({
    StringLike: { "kms:ViaService": [`ec2.${region}.amazonaws.com*`] },
    Bool: { "kms:GrantIsForAWSResource": "true" },
  });

  it("can be used through EC2 alone, and granted on to AWS alone, in the regions of the settings, by operator and role", () => {
    const { operator, uploadRole } = policies(use("aws-cn", ["cn-north-1"]));
    for (const document of [operator, uploadRole]) {
      const Resource = ["arn:aws-cn:kms:cn-north-1:*:key/*"];
      const { Bool: _, ...through } = grant("cn-north-1");
      expect(onKeys(document)).toEqual([
        expect.objectContaining({ Resource, Condition: through, Action: expect.arrayContaining(["kms:Decrypt"]) }),
        expect.objectContaining({ Resource, Condition: grant("cn-north-1"), Action: ["kms:CreateGrant"] }),
      ]);
      expect(onKeys(document)[0]?.Action).not.toContain("kms:CreateGrant");
    }
  });

  const key = (region: string) => `arn:aws:kms:${region}:123456789012:key/${region}`;
  const sealed = (...regions: readonly string[]): AwsUse => {
    const ours = use("aws", ["us-east-1", "eu-west-1"]);
    const withKey = <Spec extends { readonly region: string }>(one: { readonly spec: Spec }) =>
      regions.includes(one.spec.region) ? { kmsKeyId: key(one.spec.region) } : {};
    return {
      ...ours,
      workers: ours.workers.map((one) => ({ ...one, spec: { ...one.spec, ...withKey(one) } })),
      places: ours.places.map((one) => ({ ...one, spec: { ...one.spec, ...withKey(one) } })),
    };
  };

  it("that the settings name are the only ones of their regions", () => {
    const { operator, uploadRole } = policies(sealed("us-east-1", "eu-west-1"));
    for (const document of [operator, uploadRole]) {
      for (const { Resource } of onKeys(document)) expect(Resource).toEqual([key("us-east-1"), key("eu-west-1")]);
    }
    const [mixed] = onKeys(policies(sealed("us-east-1")).operator);
    expect(mixed?.Resource).toEqual([key("us-east-1"), "arn:aws:kms:eu-west-1:*:key/*"]);
  });

  it("are looked at beforehand where the settings name them, and no others", () => {
    const looks = (ours: AwsUse) =>
      policies(ours).operator.Statement.filter(({ Action }) => Action.includes("kms:GetKeyPolicy"));
    expect(looks(sealed("us-east-1"))).toEqual([expect.objectContaining({ Resource: [key("us-east-1")] })]);
    expect(looks(sealed())).toEqual([]);
  });

  it("of a worker that names none beside a place that does are all of the region's", () => {
    const { workers, places, ...rest } = sealed("us-east-1");
    const [worker] = workers.map(({ spec: { kmsKeyId: _, ...spec }, ...at }) => ({ ...at, spec }));
    const [both] = onKeys(policies({ ...rest, workers: worker ? [worker] : [], places: places.slice(0, 1) }).operator);
    expect(both?.Resource).toEqual(["arn:aws:kms:us-east-1:*:key/*"]);
  });
});

it("what names images is asked in the regions of the settings, and read through EC2 alone; nowhere if they don't mind", () => {
  const ours = use("aws-cn", ["cn-north-1"]);
  const reads = (one: AwsUse) =>
    policies(one).operator.Statement.filter(({ Action }) =>
      Action.some((action) => /^(ssm|imagebuilder):/.test(action)),
    );
  expect(reads(ours)).toEqual([
    expect.objectContaining({
      Action: expect.arrayContaining(["ec2:DescribeLaunchTemplates", "ssm:GetParameters"]),
      Condition: {
        StringEquals: { "aws:RequestedRegion": ["cn-north-1"] },
        "ForAnyValue:StringEquals": { "aws:CalledVia": ["ec2-images.amazonaws.com"] },
      },
    }),
  ]);
  const places = ours.places.map((one) => ({ ...one, spec: { ...one.spec, keepNamed: false } }));
  expect(JSON.stringify(policies({ ...ours, places }))).not.toMatch(/DescribeImageReferences|ssm:|imagebuilder:/);
});

it("a narrower use makes a narrower policy: who publishes nothing registers nothing", () => {
  const { places: _, ...rest } = use("aws", ["us-east-1"]);
  const text = JSON.stringify(handedIn(policies({ ...rest, places: [] })));
  expect(text).not.toMatch(/RegisterImage|CopyImage|StartSnapshot|eu-west-1/);
  expect(text).toContain("RunInstances");
});
