/** The checks beforehand against an enforcing cloud: the generated policy is enough, and each action of it is missed. */
import { DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { findingText } from "../../components/preflight";
import { awsUse } from "../../infra/aws/grants";
import { policies, type PolicyDocument } from "../../infra/aws/policy";
import { awsPreflight } from "../../infra/aws/preflight";
import { awsPlaces, awsTarget, awsWorker, type AwsPlace, type AwsWorker } from "../../infra/aws/settings";
import type { PlatformUse } from "../../infra/platform";
import { startForTests, type TestEmulator } from "../../standins/aws-emulator/testing/emulator";
import { asOperator, putPolicy } from "./aws/operator";

const defaults = { COPR_BUILDERS_OPERATOR_CIDR: "203.0.113.7/32" };
const REGIONS = ["us-east-1", "eu-west-1"] as const;
const ARCHS = ["x86_64", "aarch64"] as const;

let emulator: TestEmulator;
let use: PlatformUse<AwsWorker, AwsPlace>;
let policy: PolicyDocument;
const before = { ...process.env };

beforeAll(async () => {
  emulator = await startForTests({ addressBlock: 95 });
  const subnets = async (region: string): Promise<string[]> => {
    const { Subnets = [] } = await emulator.clients({ region }).ec2.send(new DescribeSubnetsCommand({}));
    return Subnets.flatMap(({ SubnetId }) => SubnetId ?? []).slice(0, 2);
  };
  const regions = await Promise.all(
    REGIONS.map(async (name) => ({ name, output: name, subnets: await subnets(name) })),
  );
  const places = awsPlaces(
    awsTarget(defaults).parse({
      platform: "aws",
      regions,
      uploadRole: "arn:aws:iam::123456789012:role/upload",
      accounts: ["210987654321"],
      deprecateAfterDays: 30,
    }),
  );
  use = {
    stack: "devel",
    workers: ARCHS.map((arch) => ({
      path: `architectures.${arch}.worker`,
      arch,
      spec: awsWorker(defaults).parse({
        platform: "aws",
        region: REGIONS[0],
        instanceType: arch === "aarch64" ? "c7g.xlarge" : "c7i.xlarge",
        subnets: regions[0]?.subnets,
        ami: { owner: "125523088429", name: `Fedora-Cloud-Base-AmazonEC2.${arch}-44-*` },
      }),
    })),
    places: places.flatMap((spec, index) =>
      ARCHS.map((arch) => ({ path: `targets.aws.regions[${index}]`, arch, spec })),
    ),
  };
  policy = policies(awsUse(use)).operator;
  Object.assign(process.env, emulator.environment, await asOperator(emulator, use));
});

afterAll(async () => {
  process.env = before;
  await emulator.remove();
});

describe("preflight", () => {
  it("finds nothing with exactly the generated policy, and no call of it is refused or changes anything", async () => {
    expect(await awsPreflight(use)).toEqual([]);
    const { calls, denied } = await emulator.stats();
    expect(denied).toEqual([]);
    // By another identity: what set the scene.
    const scene = /^iam:(Create|Put)|^sts:AssumeRole$/;
    const changing = Object.keys(calls).filter(
      (action) => !/:(Describe|Get|Simulate)/.test(action) && !scene.test(action),
    );
    // Dry runs: the emulator made nothing of them.
    expect(changing.sort()).toEqual([
      "ec2:CopyImage",
      "ec2:CreateSecurityGroup",
      "ec2:ImportKeyPair",
      "ec2:RunInstances",
    ]);
    expect((await emulator.stats()).instances).toEqual({});
  });

  it("names each action that is removed, and no other", async () => {
    const all = [...new Set(policy.Statement.flatMap(({ Action }) => Action))];
    // To become the role is tried, and its trust alone can be enough; what preflight itself asks is a note where it can't; and
    // Amazon's own key needs no permission.
    const actions = all.filter((action) => !/^(iam|kms|sts):/.test(action));
    expect(actions.length).toBeGreaterThan(40);
    for (const action of actions) {
      const Statement = policy.Statement.map((statement) => ({
        ...statement,
        Action: statement.Action.filter((one) => one !== action),
      })).filter(({ Action }) => Action.length > 0);
      await putPolicy(emulator, { ...policy, Statement });
      const problems = (await awsPreflight(use)).map(({ problem }) => problem);
      const named = problems.filter((problem) => problem.includes(" is not allowed "));
      expect({ action, named }).toEqual({ action, named: [expect.stringMatching(new RegExp(` ${action}$`))] });
    }
  });
});

/** Everything but what some statements deny, as a rule above an account stands there. */
const rule = (kind: string, ...statements: readonly object[]) => ({
  [kind]: { Version: "2012-10-17", Statement: statements.map((one) => ({ Effect: "Deny", Resource: "*", ...one })) },
});
const SCP = "service control policy";
const ec2 = (kind: string) => `arn:aws:ec2:*:*:${kind}/*`;
const run = (kind: string, Condition: object) => ({ Action: "ec2:RunInstances", Resource: ec2(kind), Condition });

/** The same settings with other values for every worker and every place. */
function changed(worker: Partial<AwsWorker>, place: Partial<AwsPlace> = {}): PlatformUse<AwsWorker, AwsPlace> {
  const { stack, workers, places } = awsUse(use);
  return {
    stack,
    workers: workers.map(({ spec, ...at }) => ({ ...at, spec: { ...spec, ...worker } })),
    places: places.map(({ spec, ...at }) => ({ ...at, spec: { ...spec, ...place } })),
  };
}

describe("what stands above the operator's policy", () => {
  beforeAll(() => putPolicy(emulator, policy));
  afterEach(() => emulator.guards({}));

  const tags = { CostCenter: "1" };
  const tag = { Null: { "aws:RequestTag/CostCenter": "true" } };
  const everything = { Effect: "Allow", Action: "*", Resource: "*" };
  const allBut = (NotAction: string) => ({
    Version: "2012-10-17",
    Statement: [{ ...everything, Action: undefined, NotAction }],
  });

  it.each<[string, Record<string, object>, RegExp, () => PlatformUse<AwsWorker, AwsPlace>]>([
    [
      "a public address",
      rule(SCP, run("network-interface", { Bool: { "ec2:AssociatePublicIpAddress": "true" } })),
      /RunInstances.*organization.*public address.*set address: private/s,
      // From a machine in the default VPC.
      () => {
        const inside = { address: "private" as const, operatorCidr: "172.31.0.0/16" };
        const { stack, workers, places } = changed(inside);
        return {
          ...(stack === undefined ? {} : { stack }),
          workers,
          places: places.map(({ spec, ...at }) => ({ ...at, spec: { ...spec, boot: { ...spec.boot, ...inside } } })),
        };
      },
    ],
    [
      "a tag on machines",
      rule(SCP, run("instance", tag), run("volume", tag)),
      /RunInstances.*organization.*tag CostCenter.*set CostCenter in architectures\.aarch64\.worker\.tags and .*targets\.aws\.tags/s,
      () => changed({ tags }, { tags }),
    ],
    [
      "a tag on whatever is made",
      rule(SCP, {
        Action: ["ec2:ImportKeyPair", "ec2:CreateSecurityGroup"],
        Resource: [ec2("key-pair"), ec2("security-group")],
        Condition: tag,
      }),
      /CreateSecurityGroup, ec2:ImportKeyPair.*organization.*tag CostCenter/s,
      () => changed({ tags }, { tags }),
    ],
    [
      "another value of a tag",
      rule(SCP, run("instance", { StringNotEquals: { "aws:RequestTag/CostCenter": ["1", "2"] } })),
      /tag CostCenter/,
      () => changed({ tags }, { tags }),
    ],
    [
      "an instance type",
      rule(SCP, run("instance", { StringNotLike: { "ec2:InstanceType": ["*.large"] } })),
      /RunInstances.*ec2:InstanceType.*name another instanceType/s,
      () => {
        const { stack, workers, places } = awsUse(use);
        const smaller = workers.map(({ spec, ...at }) => ({
          ...at,
          spec: { ...spec, instanceType: spec.instanceType.replace(".xlarge", ".large") },
        }));
        return { stack, workers: smaller, places };
      },
    ],
    [
      "spot capacity",
      rule(SCP, run("instance", { StringEquals: { "ec2:InstanceMarketType": "spot" } })),
      /RunInstances.*spot.*set spot: false/s,
      () => changed({ spot: false }),
    ],
    [
      "a region",
      rule(SCP, {
        NotAction: ["iam:*", "sts:*"],
        Action: undefined,
        Condition: { StringNotEquals: { "aws:RequestedRegion": "us-east-1" } },
      }),
      /targets\.aws\.regions\[1\].*eu-west-1 is denied.*organization.*region/s,
      () => {
        const { stack, workers, places } = awsUse(use);
        return { stack, workers, places: places.filter(({ spec }) => spec.region === "us-east-1") };
      },
    ],
  ])("%s is said, and what is said helps", async (_, guards, text, remedy) => {
    await emulator.guards(guards);
    const found = await awsPreflight(use);
    const shown = found.map(findingText).join("\n");
    expect(shown).toMatch(text);
    expect(shown).not.toMatch(/add to its policy|is not allowed/);
    expect(await awsPreflight(remedy())).toEqual([]);
  });

  it.each<[string, Record<string, object>, RegExp]>([
    [
      "a resource control policy",
      rule("resource control policy", { Action: "ebs:StartSnapshot" }),
      /StartSnapshot.*organization/s,
    ],
    ["a boundary", { "permissions boundary": allBut("ec2:RegisterImage") }, /RegisterImage.*boundary.*widen/s],
    ["a boundary that denies", rule("permissions boundary", { Action: "ec2:RunInstances" }), /RunInstances.*boundary/s],
    ["an endpoint", rule("VPC endpoint policy", { Action: "ec2:RunInstances" }), /RunInstances.*endpoint.*network/s],
    ["the role's becoming", rule(SCP, { Action: "sts:AssumeRole" }), /uploadRole.*assumed.*organization/s],
  ])("%s is for somebody else to lift, who is named", async (_, guards, text) => {
    await emulator.guards(guards);
    const shown = (await awsPreflight(use)).map(findingText);
    expect(shown).toEqual([expect.stringMatching(text)]);
    expect(shown.join()).not.toMatch(/add to its policy|is not allowed/);
    await emulator.guards({});
    expect(await awsPreflight(use)).toEqual([]);
  });

  it("asks for what machines have anyhow: encrypted volumes, IMDSv2, tags that are set", async () => {
    const imds = { StringNotEquals: { "ec2:MetadataHttpTokens": "required" } };
    const open = { Bool: { "ec2:Encrypted": "false" } };
    await emulator.guards(rule(SCP, run("instance", imds), run("volume", open)));
    expect(await awsPreflight(use)).toEqual([]);
  });

  it("is no denial of the operator's own: that is to be taken out where it stands", async () => {
    const Deny = { Sid: "No", Effect: "Deny" as const, Action: ["ec2:RunInstances"], Resource: ["*"] };
    await putPolicy(emulator, { ...policy, Statement: [...policy.Statement, Deny] } as unknown as PolicyDocument);
    const shown = (await awsPreflight(use)).map(({ problem, remedy }) => `${problem}; ${remedy}`);
    await putPolicy(emulator, policy);
    expect(shown).toEqual([expect.stringMatching(/own policies.*statement No.*take the statement that denies out/s)]);
    expect(await awsPreflight(use)).toEqual([]);
  });
});
