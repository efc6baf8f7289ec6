/**
 * What IAM itself says would be allowed. EC2 can't be asked by a dry run about things that bear our tag before there are
 * any, and EBS direct has no dry run: IAM answers for both, on things of the caller's account that only might be there.
 */
import type { ContextEntry, EvaluationResult } from "@aws-sdk/client-iam";
import { STACK_TAG } from "../../provider/owner";
import type { Clients } from "./ask";
import type { Denial, Forbidder } from "./denial";
import type { Grant } from "./grants";

export interface Simulation {
  readonly iam: Clients["iam"];
  /** ARN of a user or a role. */
  readonly principal: string;
  /** Whose things are asked about: IAM allows nothing of another account's. */
  readonly account: string;
  /** Stands for `*` where a condition's value has one. */
  readonly stack: string;
  /** By region: the key that EC2 encrypts with, where it is not Amazon's. */
  readonly keys: ReadonlyMap<string, string>;
  /** What requests bear that make such a thing in such a region, one map for each way that the settings make them. */
  readonly tags: (region: string, kind: string) => readonly Readonly<Record<string, string>>[];
}

export interface Simulated extends Denial {
  readonly region?: string;
}

/** False for what was tried already, which is known better, and for what nobody needs. */
export type IsOpen = (
  action: string,
  at: { readonly resource: string; readonly region: string | undefined },
) => boolean;

export async function simulate(simulation: Simulation, grant: Grant, isOpen: IsOpen): Promise<Simulated[]> {
  const questions = grant.resources.flatMap((resource) => {
    const kind = kindOf(resource);
    return regionsOf(resource, grant).flatMap((region) => {
      const actions = grant.actions.filter((action) => concerns(action, kind) && isOpen(action, { resource, region }));
      const contexts = contextsOf(simulation, grant, region, kind);
      return actions.length === 0 ? [] : contexts.map((context) => ({ resource, region, actions, context }));
    });
  });
  const denied: Simulated[] = [];
  for (let next = 0; next < questions.length; next += AT_ONCE) {
    const some = questions.slice(next, next + AT_ONCE).map((question) => ask(simulation, question));
    denied.push(...(await Promise.all(some)).flat());
  }
  return denied;
}

/** IAM takes few requests a second, and twelve regions make hundreds. */
const AT_ONCE = 8;

interface Question {
  readonly resource: string;
  readonly region: string | undefined;
  readonly actions: readonly string[];
  readonly context: ContextEntry[];
}

async function ask(
  { iam, principal, account, keys }: Simulation,
  { resource, region, actions, context }: Question,
): Promise<Simulated[]> {
  const { SimulatePrincipalPolicyCommand } = await import("@aws-sdk/client-iam");
  const { EvaluationResults = [] } = await iam.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn: principal,
      ActionNames: [...actions],
      ResourceArns: [keyOf(keys, resource, region) ?? sample(resource, account)],
      ContextEntries: context,
    }),
  );
  return EvaluationResults.flatMap((result) => {
    const action = result.EvalActionName;
    if (action === undefined || !actions.includes(action) || isAllowed(result)) return [];
    return [{ ...denialOf(result, action), ...(region === undefined ? {} : { region }) }];
  });
}

/** The key itself: the one that is named, or of all in a region the account's for EBS, where that is not Amazon's. */
export function keyOf(keys: Simulation["keys"], resource: string, region: string | undefined): string | undefined {
  if (kindOf(resource) !== "key") return undefined;
  if (!resource.endsWith("*")) return resource;
  const found = keys.get(region ?? "");
  // Whose key an alias is for, only its policy says.
  return found?.includes(":key/") === true ? found : undefined;
}

function isAllowed({ EvalDecision, ResourceSpecificResults = [] }: EvaluationResult): boolean {
  return (
    EvalDecision === "allowed" &&
    ResourceSpecificResults.every(({ EvalResourceDecision }) => EvalResourceDecision === "allowed")
  );
}

function denialOf(result: EvaluationResult, action: string): Denial {
  const specific = result.ResourceSpecificResults ?? [];
  const isExplicit = [result.EvalDecision, ...specific.map((one) => one.EvalResourceDecision)].includes("explicitDeny");
  const missing = [result, ...specific].flatMap(({ MissingContextValues = [] }) => MissingContextValues);
  return {
    action,
    ...(result.EvalResourceName === undefined ? {} : { resource: result.EvalResourceName }),
    by: forbidder(result, isExplicit),
    ...(isExplicit ? { words: "an explicit deny" } : {}),
    keys: isExplicit ? [...new Set(missing)] : [],
  };
}

/** Types of policies that are the caller's own, in the words of IAM's simulation. */
const OWN: readonly string[] = ["user", "group", "role", "aws-managed", "user-managed"];

function forbidder(result: EvaluationResult, isExplicit: boolean): Forbidder {
  const specific = result.ResourceSpecificResults ?? [];
  const boundaries = [result, ...specific].map(
    ({ PermissionsBoundaryDecisionDetail }) => PermissionsBoundaryDecisionDetail,
  );
  if (result.OrganizationsDecisionDetail?.AllowedByOrganizations === false) return "organization";
  if (boundaries.some((one) => one?.AllowedByPermissionsBoundary === false)) return "boundary";
  if (!isExplicit) return "permissions";
  const sources = [result, ...specific].flatMap(({ MatchedStatements = [] }) => MatchedStatements);
  return sources.some(({ SourcePolicyType = "" }) => OWN.includes(SourcePolicyType)) ? "own" : "unknown";
}

/** What ids of each kind begin with. */
const PREFIXES: Readonly<Record<string, string | undefined>> = {
  image: "ami",
  instance: "i",
  "network-interface": "eni",
  "security-group": "sg",
  snapshot: "snap",
  "spot-instances-request": "sir",
  volume: "vol",
  vpc: "vpc",
};

/** One thing of many: `arn:aws:ec2:us-east-1:*:instance/*` asks about one of them, in the caller's account. */
function sample(resource: string, account: string): string {
  if (resource === "*") return resource;
  const prefix = PREFIXES[kindOf(resource)];
  const id = prefix === undefined ? "example" : `${prefix}-00000000000000000`;
  return resource.replace(/:\*:/, `:${account}:`).replace(/\/\*$/, `/${id}`).replace(/-\*$/, "-00000000000000000");
}

/** `instance` of `arn:aws:ec2:us-east-1:*:instance/*`. */
export function kindOf(resource: string): string {
  return resource.split(":")[5]?.split("/")[0] ?? "";
}

/** Actions on one kind of thing alone: statements are merged, and IAM denies an action on what it has nothing to do with. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/SecurityGroup/, "security-group"],
  [/KeyPair$/, "key-pair"],
  [/NetworkInterface$/, "network-interface"],
  [/Volume$/, "volume"],
  [/ec2:(ModifyInstanceAttribute|TerminateInstances)$/, "instance"],
];

function concerns(action: string, kind: string): boolean {
  const [, own] = KINDS.find(([actions]) => actions.test(action)) ?? [];
  return own === undefined || own === kind || !KINDS.some(([, one]) => one === kind);
}

/** The region of its ARN; or all that its condition names. */
function regionsOf(resource: string, { condition = {} }: Grant): (string | undefined)[] {
  const [, , , region = ""] = resource.split(":");
  if (region !== "") return [region];
  const named = condition["StringEquals"]?.["aws:RequestedRegion"];
  return named === undefined ? [undefined] : [named].flat();
}

/** The values that the conditions of the grant ask for, and what else the request would carry; of a key that must be absent, none. */
function contextsOf(
  { stack, tags }: Simulation,
  grant: Grant,
  region: string | undefined,
  kind: string,
): ContextEntry[][] {
  const { Null: _absent, ...wanted } = grant.condition ?? {};
  const asked = Object.values(wanted).flatMap((keys) =>
    Object.entries(keys).map(([key, values]): [string, string] => {
      const [first = ""] = [values].flat();
      return [key, first === "*" ? stack : first];
    }),
  );
  const own = asked.flatMap(([key, value]) =>
    key === `aws:ResourceTag/${STACK_TAG}` ? [[`ec2:ResourceTag/${STACK_TAG}`, value] as const] : [],
  );
  const where = region === undefined ? [] : [["aws:RequestedRegion", region] as const, ["ec2:Region", region] as const];
  const makes = asked.some(([key]) => key.startsWith("aws:RequestTag/"));
  const ways = makes && region !== undefined ? tags(region, kind) : [];
  return (ways.length === 0 ? [{}] : ways).map((way) => {
    const carried = Object.entries(way).map(([key, value]) => [`aws:RequestTag/${key}`, value] as const);
    const all = new Map<string, string>([...carried, ...own, ...asked, ...where]);
    const keys = Object.keys(way);
    return [
      ...[...all].map(([name, value]) => entry(name, "string", [value])),
      ...(keys.length === 0 ? [] : [entry("aws:TagKeys", "stringList", keys)]),
    ];
  });
}

/** Of keys that are no single text. */
const TYPES: Readonly<Record<string, ContextEntry["ContextKeyType"]>> = {
  "aws:CalledVia": "stringList",
  "kms:GrantIsForAWSResource": "boolean",
};

function entry(ContextKeyName: string, type: "string" | "stringList", values: string[]): ContextEntry {
  return { ContextKeyName, ContextKeyType: TYPES[ContextKeyName] ?? type, ContextKeyValues: values };
}
