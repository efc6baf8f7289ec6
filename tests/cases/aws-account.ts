/** An account of AWS by rules: what no rule fits is there and allowed, and nothing is made by asking. */
import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import type { Clients } from "../../infra/aws/ask";
import { words } from "./case";
import { questionsOf, simulatedQuestion, type Asked, type Known } from "./aws-questions";
import { denying, type PolicyDocument, type Question, type Statement } from "./policy-document";

export const rulesSchema = z.array(
  z.strictObject({
    ...words,
    service: z.string().exactOptional(),
    action: z.string().exactOptional(),
    region: z.string().exactOptional(),
    input: z.record(z.string(), z.unknown()).exactOptional(),
    answer: z.record(z.string(), z.unknown()).exactOptional(),
    error: z.strictObject({ name: z.string(), status: z.int(), message: z.string() }).exactOptional(),
  }),
);
export type AwsRules = z.output<typeof rulesSchema>;

export interface AccountArgs {
  readonly rules: AwsRules;
  readonly deny?: PolicyDocument;
  /** Whose things IAM's simulation allows. */
  readonly account: string;
  /** Regions of the settings. */
  readonly regions: readonly string[];
}

export interface AwsAccount {
  readonly open: (region: string) => Promise<Clients>;
  /** Requests that would have changed something. */
  readonly effects: readonly string[];
  /** Principals that IAM was asked about. */
  readonly simulated: readonly string[];
}

const CALLER = "arn:aws:iam::123456789012:user/me";
const READS = /^(Describe|Get|Simulate|List|AssumeRole$|Decode)/;

export function awsAccount({ rules, deny, account, regions }: AccountArgs): AwsAccount {
  const effects: string[] = [];
  const simulated: string[] = [];
  const ours = callerKeys(rules, account);
  const allowed = ({ context, ...question }: Question): Statement | undefined =>
    deny && denying(deny, { ...question, context: new Map([...ours, ...context]) });

  let owner: string | undefined;
  const respond = (asked: Asked): unknown => {
    const { service, action, input, region } = asked;
    const [named] = (input["Owners"] ?? []) as readonly string[];
    if (action === "DescribeImages" && named !== "self") owner = named ?? owner;
    const known: Known = { subnet: (id) => subnetOf(rules, id, region), ...(owner === undefined ? {} : { owner }) };
    const dry = input["DryRun"] === true;
    if (!dry && !READS.test(action)) effects.push(`${service}:${action}`);
    if (action === "SimulatePrincipalPolicy") simulated.push(String(input["PolicySourceArn"]));
    const rule = rules.find((one) => fits(one, asked));
    if (rule?.error !== undefined) throw awsError(rule.error.name, rule.error.status, rule.error.message);
    // Nobody needs permission to ask who they are; IAM and STS are asked about the rule itself.
    if (action !== "GetCallerIdentity" && action !== "DecodeAuthorizationMessage") {
      for (const question of questionsOf(asked, account, known)) {
        const statement = allowed(question);
        if (statement !== undefined) throw denial(service, question, statement);
      }
    }
    if (dry) throw awsError("DryRunOperation", 412, "Request would have succeeded, but DryRun flag is set.");
    if (rule?.answer !== undefined) return rule.answer;
    switch (action) {
      case "SimulatePrincipalPolicy":
        return simulate(input, account, allowed);
      case "DescribeSubnets":
        return { Subnets: filtered(input, "subnet-id").map((SubnetId) => subnet(SubnetId, region)) };
      case "DescribeRegions":
        return { Regions: regions.map((RegionName) => ({ RegionName, OptInStatus: "opt-in-not-required" })) };
      case "DescribeInstanceTypes":
        return { InstanceTypes: filtered(input, "instance-type").map(instanceType) };
      case "DescribeInstanceTypeOfferings":
        return { InstanceTypeOfferings: offerings(filtered(input, "instance-type"), region, rules) };
      default:
        return answerOf(asked);
    }
  };

  const client = (service: string, region: string) => ({
    send: async (command: {
      readonly constructor: { readonly name: string };
      readonly input: object;
    }): Promise<unknown> => {
      const action = command.constructor.name.replace(/Command$/, "");
      // As over the wire: an answer comes later.
      await Promise.resolve();
      return respond({ service, action, region, input: { ...command.input } });
    },
  });
  const open = (region: string) =>
    Promise.resolve({
      ec2: client("ec2", region),
      iam: client("iam", region),
      kms: client("kms", region),
      quotas: client("servicequotas", region),
      sts: client("sts", region),
    } as unknown as Clients);
  return { open, effects, simulated };
}

/** Keys of conditions that every request has: who signs it, and how it comes. */
function callerKeys(rules: AwsRules, account: string): Question["context"] {
  const given = rules.find(({ action }) => action === "GetCallerIdentity")?.answer?.["Arn"];
  const arn = typeof given === "string" ? given : CALLER;
  const [, begin, name] = /^(arn:[^:]+:)sts(?=::\d+:assumed-role\/([^/]+)\/)/.exec(arn) ?? [];
  const role = begin === undefined ? arn : `${begin}iam::${account}:role/${name}`;
  return new Map([
    ["aws:principalarn", [role]],
    ["aws:principalaccount", [account]],
    ["aws:principaltype", [begin === undefined ? "User" : "AssumedRole"]],
    ["aws:securetransport", ["true"]],
    ["aws:viaawsservice", ["false"]],
  ]);
}

function fits({ service, action, region, input = {} }: AwsRules[number], asked: Asked): boolean {
  return (
    (service === undefined || service === asked.service) &&
    (action === undefined || action === asked.action) &&
    (region === undefined || region === asked.region) &&
    Object.entries(input).every(([name, value]) => isDeepStrictEqual(asked.input[name], value))
  );
}

/** What is asked for by a filter, e.g. ids. */
function filtered(input: Asked["input"], name: string): string[] {
  const filters = (input["Filters"] ?? []) as readonly {
    readonly Name?: string;
    readonly Values?: readonly string[];
  }[];
  return filters.filter(({ Name }) => Name === name).flatMap(({ Values = [] }) => Values);
}

const vpcOf = (region: string): string => `vpc-${region}`;

function subnet(SubnetId: string, region: string) {
  return { SubnetId, VpcId: vpcOf(region), AvailabilityZone: `${region}a`, CidrBlock: "10.0.0.0/24" };
}

/** The one that a rule has put there, or the one that is there without. */
function subnetOf(rules: AwsRules, id: string, region: string) {
  const put = rules.find(({ action }) => action === "DescribeSubnets")?.answer?.["Subnets"];
  const all = z.array(z.looseObject({ SubnetId: z.string(), VpcId: z.string(), AvailabilityZone: z.string() }));
  const found = all.safeParse(put).data?.find(({ SubnetId }) => SubnetId === id);
  return found ?? subnet(id, region);
}

/** Graviton's types have a `g` after the number of their generation. */
function instanceType(InstanceType: string) {
  const architecture = /^[a-z]+\d+g/.test(InstanceType) ? "arm64" : "x86_64";
  return {
    InstanceType,
    VCpuInfo: { DefaultVCpus: 4 },
    ProcessorInfo: { SupportedArchitectures: [architecture] },
  };
}

/** In zone a to f of the region, and wherever a rule has put a subnet. */
function offerings(types: readonly string[], region: string, rules: AwsRules) {
  const named = JSON.stringify(rules).match(/(?<="AvailabilityZone":")[^"]+/g) ?? [];
  const zones = new Set([..."abcdef"].map((letter) => `${region}${letter}`).concat(named));
  return [...zones].flatMap((Location) => types.map((InstanceType) => ({ Location, InstanceType })));
}

function answerOf({ action, input, region }: Asked): unknown {
  switch (action) {
    case "GetCallerIdentity":
      return { Arn: CALLER, Account: "123456789012", UserId: "AIDAEXAMPLE" };
    case "GetRole":
      return { Role: { RoleName: input["RoleName"], Path: "/" } };
    case "DescribeImages": {
      const own = Array.isArray(input["Owners"]) && input["Owners"][0] === "self";
      const stock = {
        ImageId: "ami-0a00000000000001a",
        CreationDate: "2026-01-01T00:00:00Z",
        RootDeviceName: "/dev/sda1",
      };
      return { Images: own ? [] : [stock] };
    }
    case "DescribeRouteTables": {
      const way = { DestinationCidrBlock: "0.0.0.0/0", GatewayId: "igw-0a00000000000001a", State: "active" };
      const main = { RouteTableId: "rtb-0a00000000000001a", VpcId: vpcOf(region), Associations: [{ Main: true }] };
      return { RouteTables: [{ ...main, Routes: [way] }] };
    }
    case "GetServiceQuota":
      return { Quota: { Value: 10_000 } };
    case "GetImageBlockPublicAccessState":
      return { ImageBlockPublicAccessState: "unblocked" };
    case "GetEbsEncryptionByDefault":
      return { EbsEncryptionByDefault: false };
    case "DecodeAuthorizationMessage":
      return { DecodedMessage: Buffer.from(String(input["EncodedMessage"]), "base64url").toString("utf8") };
    default:
      return {};
  }
}

/** All of the account is allowed, and nothing of others. */
function simulate(input: Asked["input"], account: string, denied: (question: Question) => Statement | undefined) {
  const actions = (input["ActionNames"] ?? []) as readonly string[];
  const resources = (input["ResourceArns"] ?? ["*"]) as readonly string[];
  const entries = (input["ContextEntries"] ?? []) as Parameters<typeof simulatedQuestion>[2];
  return {
    EvaluationResults: actions.flatMap((EvalActionName) =>
      resources.map((EvalResourceName) => {
        const [, , , , owner = ""] = EvalResourceName.split(":");
        if (owner !== "" && owner !== account)
          return { EvalActionName, EvalResourceName, EvalDecision: "implicitDeny" };
        if (denied(simulatedQuestion(EvalActionName, EvalResourceName, entries)) === undefined) {
          return { EvalActionName, EvalResourceName, EvalDecision: "allowed" };
        }
        const OrganizationsDecisionDetail = { AllowedByOrganizations: false };
        return { EvalActionName, EvalResourceName, EvalDecision: "explicitDeny", OrganizationsDecisionDetail };
      }),
    ),
  };
}

/** In AWS's words; EC2 gives the rest to those who may decode it. */
function denial(service: string, { action, resource }: Question, statement: Statement): Error {
  const words = `User: ${CALLER} is not authorized to perform: ${action} on resource: ${resource} with an explicit deny in a service control policy`;
  if (service !== "ec2") return awsError("AccessDenied", 403, words);
  const conditions = Object.values(statement.Condition).flatMap((keys) =>
    Object.entries(keys).map(([key, values]) => ({ key, values: { items: values.map((value) => ({ value })) } })),
  );
  const matched = {
    ...{ statementId: statement.Sid ?? "", effect: "DENY", principals: { items: [{ value: "*" }] } },
    ...{ actions: { items: [{ value: action }] }, resources: { items: [{ value: resource }] } },
    conditions: { items: conditions },
  };
  const decoded = {
    ...{ allowed: false, explicitDeny: true, matchedStatements: { items: [matched] }, failures: { items: [] } },
    context: { principal: { arn: CALLER }, action, resource, conditions: { items: [] } },
  };
  const encoded = Buffer.from(JSON.stringify(decoded)).toString("base64url");
  const message = `You are not authorized to perform this operation. ${words}. Encoded authorization failure message: ${encoded}`;
  return awsError("UnauthorizedOperation", 403, message);
}

function awsError(name: string, httpStatusCode: number, message: string): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
}
