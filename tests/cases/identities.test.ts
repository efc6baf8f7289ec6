/** Whoever signs the requests: the right list, and no finding that stops where everything is allowed. */
import { describe, expect, it } from "vitest";
import { awsAccount, type AwsRules } from "./aws-account";
import type { AwsPlace, AwsWorker } from "../../infra/aws/settings";
import type { PlatformUse } from "../../infra/platform";
import { awsPreflight } from "../../infra/aws/preflight";
import { awsPlaces, awsTarget, awsWorker } from "../../infra/aws/settings";

const ACCOUNT = "210987654321";
const UPLOAD = `arn:aws:iam::${ACCOUNT}:role/upload`;
const defaults = { COPR_BUILDERS_OPERATOR_CIDR: "203.0.113.7/32" };
const subnets = ["subnet-0a"];
const target = { platform: "aws", regions: [{ name: "us-east-1", subnets }], uploadRole: UPLOAD };
const machine = { platform: "aws", region: "us-east-1", instanceType: "c7i.xlarge", subnets };
const ami = { owner: "125523088429", name: "Fedora-*" };
const use: PlatformUse<AwsWorker, AwsPlace> = {
  stack: "devel",
  workers: [
    { path: "architectures.x86_64.worker", arch: "x86_64", spec: awsWorker(defaults).parse({ ...machine, ami }) },
  ],
  places: awsPlaces(awsTarget(defaults).parse(target)).map((spec) => ({
    ...{ path: "targets.aws.regions[0]", arch: "x86_64" as const, spec },
  })),
};

const iam = (path: string) => `arn:aws:iam::${ACCOUNT}:${path}`;
const sts = (path: string) => `arn:aws:sts::${ACCOUNT}:${path}`;
const SSO = "AWSReservedSSO_Builders_0123456789abcdef";

interface Identity {
  readonly name: string;
  readonly arn: string;
  /** Path of the role. */
  readonly path?: string;
  /** Whom IAM is to be asked about; undefined for the root, whom no policy binds. */
  readonly principal?: string;
}

const IDENTITIES: readonly Identity[] = [
  { name: "a user", arn: iam("user/me"), principal: iam("user/me") },
  { name: "a user with a path", arn: iam("user/team/me"), principal: iam("user/team/me") },
  { name: "a role", arn: sts("assumed-role/Deploy/me"), path: "/", principal: iam("role/Deploy") },
  {
    ...{ name: "a role with a path", arn: sts("assumed-role/Deploy/me"), path: "/ci/team/" },
    principal: iam("role/ci/team/Deploy"),
  },
  {
    ...{ name: "SSO", arn: sts(`assumed-role/${SSO}/me@example.org`) },
    ...{ path: "/aws-reserved/sso.amazonaws.com/eu-west-1/" },
    principal: iam(`role/aws-reserved/sso.amazonaws.com/eu-west-1/${SSO}`),
  },
  {
    ...{ name: "web identity", arn: sts("assumed-role/ci/GitHubActions"), path: "/oidc/" },
    principal: iam("role/oidc/ci"),
  },
  {
    ...{ name: "a chain of roles", arn: sts("assumed-role/Second/from-first"), path: "/" },
    principal: iam("role/Second"),
  },
  {
    ...{ name: "an instance profile", arn: sts("assumed-role/Builder/i-0123456789abcdef0"), path: "/ec2/" },
    principal: iam("role/ec2/Builder"),
  },
  { name: "a federated user", arn: sts("federated-user/bob"), principal: sts("federated-user/bob") },
  { name: "the root", arn: iam("root") },
];

/** `AccessDenied` where IAM may not be asked, `NoSuchEntityException` where it knows nobody of that name. */
type Iam = "answers" | "AccessDenied" | "NoSuchEntityException";

async function preflightAs({ arn, path, principal }: Identity, state: Iam, more: AwsRules = []) {
  const refused = { name: state, status: 403, message: "not authorized" };
  const bare = iam(`role/${arn.split("/")[1] ?? ""}`);
  const rules: AwsRules = [
    ...more,
    { service: "sts", action: "GetCallerIdentity", answer: { Arn: arn, Account: ACCOUNT } },
    ...(state === "answers" ? [] : [{ service: "iam", error: refused }]),
    ...(path === undefined
      ? []
      : [{ action: "GetRole", answer: { Role: { Path: path, Arn: principal ?? "" } } } satisfies AwsRules[number]]),
    // The ARN of a role without its path is nobody's.
    ...(principal === bare
      ? []
      : [
          {
            service: "iam",
            input: { PolicySourceArn: bare },
            error: { name: "NoSuchEntityException", status: 404, message: "none" },
          },
        ]),
  ];
  const account = awsAccount({ rules, account: ACCOUNT, regions: ["us-east-1"] });
  const findings = await awsPreflight(use, account.open);
  return { findings, asked: new Set(account.simulated.filter((one) => one !== UPLOAD)), effects: account.effects };
}

describe.each(IDENTITIES)("$name", (identity) => {
  it("is asked about by its own name, and nothing is found where all is allowed", async () => {
    const { findings, asked, effects } = await preflightAs(identity, "answers");
    expect(findings).toEqual([]);
    expect([...asked]).toEqual(identity.principal === undefined ? [] : [identity.principal]);
    expect(effects).toEqual([]);
  });

  it.each(["AccessDenied", "NoSuchEntityException"] as const)(
    "is stopped by nothing where IAM says %s",
    async (state) => {
      const { findings } = await preflightAs(identity, state);
      // Nobody needs to ask about the root; of the role it is said there.
      const at = identity.principal === undefined ? "targets.aws.uploadRole" : "aws";
      const note = { path: at, problem: expect.stringContaining(state) as string, note: true };
      expect(findings).toEqual([expect.objectContaining(note)]);
    },
  );

  it("has what EC2 denies on its list, whatever IAM says", async () => {
    const message =
      "You are not authorized to perform this operation. User: me is not authorized to perform: ec2:RunInstances on " +
      `resource: arn:aws:ec2:us-east-1:${ACCOUNT}:instance/* because no identity-based policy allows the ec2:RunInstances action.`;
    const denied = { action: "RunInstances", error: { name: "UnauthorizedOperation", status: 403, message } };
    for (const state of ["answers", "AccessDenied", "NoSuchEntityException"] as const) {
      const { findings } = await preflightAs(identity, state, [denied]);
      expect(findings.filter(({ note }) => note !== true)).toEqual([
        expect.objectContaining({ problem: `${identity.arn} is not allowed ec2:RunInstances` }),
      ]);
    }
  });
});

it("a role whose path can't be seen is asked about without one, which is right for most", async () => {
  const role = { name: "", arn: sts("assumed-role/Deploy/me"), principal: iam("role/Deploy") };
  const hidden = { action: "GetRole", error: { name: "AccessDenied", status: 403, message: "no" } };
  expect((await preflightAs(role, "answers", [hidden])).findings).toEqual([]);
});

it("the trust policy is told to name the role, never its session", async () => {
  const denied = {
    action: "AssumeRole",
    error: { name: "AccessDenied", status: 403, message: "not authorized to perform: sts:AssumeRole" },
  };
  const [, , , role] = IDENTITIES;
  const { findings } = await preflightAs(role as Identity, "answers", [denied]);
  expect(findings).toEqual([expect.objectContaining({ path: "targets.aws.uploadRole" })]);
  expect(findings[0]?.remedy).toContain(`let its trust policy name ${iam("role/ci/team/Deploy")}`);
});
