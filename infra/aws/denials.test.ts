/** Denials told apart by AWS's words, each with a remedy that helps: an own policy is never the one where it can't be. */
import { describe, expect, it } from "vitest";
import type { Clients } from "./ask";
import { denialOf, isRule, readDecoded, readRefusal, type Forbidder } from "./denial";
import { ruleFindings } from "./refusals";

const ME = "arn:aws:sts::123456789012:assumed-role/Deploy/me";
const said = (rest: string) =>
  `You are not authorized to perform this operation. User: ${ME} is not authorized to perform: ec2:RunInstances on ` +
  `resource: arn:aws:ec2:us-east-1:123456789012:instance/* ${rest}. Encoded authorization failure message: abc-DEF_1`;

describe("a refusal", () => {
  it.each<[string, Forbidder, RegExp]>([
    ["with an explicit deny in a service control policy", "organization", /organization/],
    ["because no service control policy allows the ec2:RunInstances action", "organization", /organization/],
    [
      "with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/service_control_policy/p-1",
      "organization",
      /organization/,
    ],
    ["with an explicit deny in a resource control policy", "organization", /organization/],
    ["with an explicit deny in a permissions boundary", "boundary", /boundary/],
    ["because no permissions boundary allows the ec2:RunInstances action", "boundary", /boundary/],
    ["with an explicit deny in a session policy", "session", /sign in/],
    ["because no session policy allows the ec2:RunInstances action", "session", /sign in/],
    ["with an explicit deny in a VPC endpoint policy", "endpoint", /endpoint/],
    ["because no VPC endpoint policy allows the ec2:RunInstances action", "endpoint", /endpoint/],
    ["with an explicit deny in a resource-based policy", "resource", /let that policy name/],
    ["because no resource-based policy allows the ec2:RunInstances action", "resource", /let that policy name/],
    ["because no role trust policy allows the sts:AssumeRole action", "trust", /trust policy/],
    ["with an explicit deny in an identity-based policy", "own", /take the statement that denies out/],
    ["with an explicit deny", "unknown", /what denies wins/],
  ])("%s is of %s", (words, by, remedy) => {
    const denial = readRefusal(said(words), "ec2:RunInstances");
    expect(denial).toMatchObject({ by, action: "ec2:RunInstances" });
    expect(denial.resource).toBe("arn:aws:ec2:us-east-1:123456789012:instance/*");
    const [finding] = ruleFindings(ME, [{ denial, tags: [], without: [] }]);
    expect(finding?.remedy).toMatch(remedy);
    expect(`${finding?.problem} ${finding?.remedy}`).not.toMatch(/add to its policy|abc-DEF/);
  });

  it.each([
    "because no identity-based policy allows the ec2:RunInstances action",
    "because no policy allows the ec2:RunInstances action",
    "",
  ])("is a missing permission where nothing forbids: %j", (words) => {
    expect(readRefusal(said(words), "ec2:RunInstances").by).toBe("permissions");
  });
});

/** As EC2 encodes it, once decoded. */
const decoded = (key: string, explicitDeny = true) => ({
  ...{ allowed: false, explicitDeny },
  matchedStatements: {
    items: [
      {
        ...{ statementId: "Rule", effect: "DENY", actions: { items: [{ value: "ec2:RunInstances" }] } },
        conditions: { items: [{ key, values: { items: [{ value: "true" }] } }] },
      },
    ],
  },
  context: { action: "ec2:RunInstances", resource: "arn:aws:ec2:us-east-1:123456789012:volume/*" },
});

const sts: Clients["sts"] = { send: () => Promise.reject(new Error("AccessDenied")) };

it("a role that names nobody has a trust policy, which the words call resource-based", () => {
  const words = "User: me is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::1:role/r";
  for (const why of ["because no resource-based policy allows it", "with an explicit deny in a resource-based policy"])
    expect(readRefusal(`${words} ${why}`, "sts:AssumeRole").by).toBe("trust");
});

it("a tag policy is the organization's, and names the tag", async () => {
  const message = "The tag policy does not allow the specified value for the following tag key: 'CostCenter'.";
  const error = Object.assign(new Error(message), { name: "TagPolicyViolation" });
  expect(isRule(error)).toBe(true);
  const denial = await denialOf(error, "ec2:RunInstances", sts);
  expect(denial).toMatchObject({ by: "organization", words: "a tag policy", keys: ["aws:RequestTag/CostCenter"] });
  const [finding] = ruleFindings(ME, [{ denial, tags: ["CostCenter"], without: [] }]);
  expect(finding?.problem).toMatch(/by a rule of the organization \(a tag policy\): it takes another value of the tag/);
});

it("a declarative policy is the organization's, and its own message is shown", () => {
  const said = "This functionality has been disabled by a Declarative Policy. Custom Message: ask cloud@example.org";
  expect(isRule(new Error(said))).toBe(true);
  const denial = readRefusal(said, "ec2:RunInstances");
  expect(denial).toMatchObject({ by: "organization", words: "a declarative policy" });
  expect(ruleFindings(ME, [{ denial, tags: [], without: [] }])[0]?.problem).toMatch(/ask cloud@example\.org/);
  expect(isRule(new Error("You are not authorized to perform this operation."))).toBe(false);
});

describe("what is encoded", () => {
  const sts = (answer: unknown): Clients["sts"] => ({
    send: () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ DecodedMessage: answer })),
  });
  const refusal = new Error(
    "You are not authorized to perform this operation. Encoded authorization failure message: x",
  );

  it("tells a rule from a missing permission where the words don't", async () => {
    const text = JSON.stringify(decoded("aws:RequestTag/CostCenter"));
    const denial = await denialOf(refusal, "ec2:RunInstances", sts(text));
    expect(denial).toMatchObject({ by: "unknown", keys: ["aws:RequestTag/CostCenter"], statement: "Rule" });
    const missing = await denialOf(refusal, "ec2:RunInstances", sts(JSON.stringify(decoded("x:y", false))));
    expect(missing).toMatchObject({ by: "permissions", keys: [] });
  });

  it.each([new Error("AccessDenied"), "no JSON", "null", undefined])("may be out of reach: %s", async (answer) => {
    expect(await denialOf(refusal, "ec2:RunInstances", sts(answer))).toMatchObject({ by: "permissions", keys: [] });
  });

  it("is read as people write policies, too, and takes no action for a condition", () => {
    const Condition = { Null: { "aws:RequestTag/Team": "true" } };
    const matchedStatements = [{ Sid: "Tags", Action: "ec2:RunInstances", Condition }];
    const { keys, statement } = readDecoded({ explicitDeny: "true", matchedStatements });
    expect({ keys, statement }).toEqual({ keys: ["aws:RequestTag/Team"], statement: "Tags" });
  });
});

describe("a rule", () => {
  const denial = (...keys: string[]) => ({
    ...readRefusal(said("with an explicit deny in a service control policy"), ""),
    keys,
  });
  const remedyOf = (keys: string[], more = {}) => {
    const [finding, ...others] = ruleFindings(ME, [{ denial: denial(...keys), tags: [], without: [], ...more }]);
    expect(others).toEqual([]);
    return `${finding?.problem}; ${finding?.remedy}`;
  };

  it.each([
    ["ec2:AssociatePublicIpAddress", /public address/],
    ["ec2:InstanceType", /name another instanceType/],
    ["aws:RequestedRegion", /use a region/],
    ["ec2:InstanceMarketType", /set spot: false/],
    ["ec2:Owner", /in ami/],
    ["aws:MultiFactorAuthPresent", /second factor/],
    ["aws:SourceIp", /come from/],
    ["ec2:PlacementGroup", /depends on ec2:PlacementGroup/],
  ])("about %s says so", (key, text) => {
    expect(remedyOf([key])).toMatch(text);
  });

  it("about a tag names where to set it, and where it is set that its value is another", () => {
    const path = "architectures.x86_64.worker";
    expect(remedyOf(["aws:RequestTag/Team"], { path })).toMatch(
      /asks for the tag Team.*set Team in architectures.x86_64.worker.tags/,
    );
    const target = { path: "targets.aws.regions[1]", tags: ["Other"] };
    expect(remedyOf(["aws:RequestTag/Team"], target)).toMatch(/set Team in targets.aws.tags/);
    expect(remedyOf(["aws:RequestTag/Team"], { path, tags: ["Team"] })).toMatch(/another value of the tag Team/);
  });

  it("is one finding, however many actions, regions and machines it stops", () => {
    const all = ["us-east-1", "eu-west-1"].flatMap((region) =>
      ["ec2:RunInstances", "ec2:CreateSecurityGroup"].map((action) => ({
        ...{ denial: { ...denial("aws:RequestTag/Team"), action }, region, path: "targets.aws.regions[0]" },
        ...{ tags: [], without: [] },
      })),
    );
    const findings = ruleFindings(ME, all);
    expect(findings).toHaveLength(1);
    expect(findings[0]?.problem).toMatch(
      /^ec2:CreateSecurityGroup, ec2:RunInstances in eu-west-1, us-east-1 is denied/,
    );
  });

  it("of which the simulation says nothing more is the one that was seen to deny without a condition", () => {
    const seen = { denial: denial(), region: "us-east-1", tags: [], without: [] };
    const mute = {
      by: "organization" as const,
      words: "an explicit deny",
      keys: [],
      action: "ec2:DeleteSecurityGroup",
    };
    const simulated = { denial: mute, region: "us-east-1", tags: [], without: [] };
    const [finding, ...more] = ruleFindings(ME, [seen, simulated]);
    expect(more).toEqual([]);
    expect(finding?.problem).toMatch(/^ec2:DeleteSecurityGroup, ec2:RunInstances in us-east-1/);
    expect(ruleFindings(ME, [simulated, { ...seen, denial: denial("aws:RequestTag/Team") }])).toHaveLength(2);
    expect(ruleFindings(ME, [simulated, { ...seen, denial: { ...denial(), by: "boundary" as const } }])).toHaveLength(
      2,
    );
  });

  it("that AWS does not explain is shown in its words", () => {
    expect(remedyOf([])).toMatch(/AWS says: You are not authorized.*sts:DecodeAuthorizationMessage/);
    expect(remedyOf([], { without: ["a public address"] })).toMatch(/public address/);
  });
});
