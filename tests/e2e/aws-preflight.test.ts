/** The checks beforehand against an enforcing cloud: the generated policy is enough, and each action of it is missed. */
import { DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { awsUse } from "../../infra/aws/grants";
import { policies, type PolicyDocument } from "../../infra/aws/policy";
import { awsPreflight } from "../../infra/aws/preflight";
import { awsPlaces, awsTarget, awsWorker } from "../../infra/aws/settings";
import type { PlatformUse } from "../../infra/platform";
import type { AwsPlace, AwsWorker } from "../../infra/aws/settings";
import { startForTests, type TestEmulator } from "../../standins/aws-emulator/testing/emulator";
import { asOperator, putPolicy } from "./aws/operator";

const defaults = { operatorCidr: "203.0.113.7/32" };
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
        ami: { owner: "125523088429", name: `Fedora-Cloud-Base-AmazonEC2.${arch}-42-*` },
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
    const actions = [...new Set(policy.Statement.flatMap(({ Action }) => Action))];
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
