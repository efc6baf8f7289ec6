/** What we are not allowed but must be: every action of the generated policy, tried without effect. */
import type { Finding } from "../platform";
import { grants, uploadRoleGrants, type Action } from "./actions";
import { errorText, isAnswer, isDenied, type Clients } from "./ask";
import { dryRuns, type DryRunArgs } from "./dry-runs";
import { regions, type AwsUse, type Grant } from "./grants";
import { statement } from "./policy";
import { denied, principalOf } from "./simulate";

export interface PermissionArgs {
  readonly use: AwsUse;
  readonly clients: ReadonlyMap<string, Clients>;
  /** ARN of whoever signs our requests. */
  readonly caller: string;
  /** By region: what a dry run of a machine needs to name. */
  readonly examples: ReadonlyMap<string, DryRunArgs>;
}

export async function missingPermissions(args: PermissionArgs): Promise<Finding[]> {
  const wanted = grants(args.use);
  const missing = new Set<string>();
  const problems: Finding[] = [];
  const [tried, asked] = await Promise.all([
    tryOut(args, new Set(wanted.flatMap(({ actions }) => actions))),
    askIam(args, wanted),
  ]);
  for (const { action, problem } of [...tried, ...asked]) {
    if (problem === undefined) missing.add(action);
    else problems.push({ path: "aws", problem, remedy: "see that AWS can be reached from here, then try again" });
  }
  return [
    ...[...missing].sort().map((action) => finding(args.caller, action, wanted)),
    ...problems,
    ...(await missingOfRoles(args, missing)),
  ];
}

interface Answer {
  readonly action: string;
  /** Why no answer came; absent if the answer is no. */
  readonly problem?: string;
}

/** By EC2's own dry runs, in each region. */
async function tryOut({ clients, examples }: PermissionArgs, wanted: ReadonlySet<Action>): Promise<Answer[]> {
  const answers = [...clients].map(async ([region, { ec2 }]) => {
    const example = examples.get(region);
    if (example === undefined) return [];
    const runs = [...(await dryRuns(example))].filter(([action]) => wanted.has(action));
    return Promise.all(runs.map(([action, run]) => answer(action, () => run(ec2))));
  });
  return (await Promise.all(answers)).flat(2);
}

async function answer(action: string, ask: () => Promise<unknown>): Promise<Answer[]> {
  try {
    await ask();
    return [];
  } catch (error) {
    if (isDenied(error)) return [{ action: refusedAction(error) ?? action }];
    // "DryRunOperation", or some complaint about what was asked for: both are for those who may ask.
    return isAnswer(error) ? [] : [{ action, problem: `${action} can't be tried: ${errorText(error)}` }];
  }
}

/** The action that the refusal names: to make something with tags needs CreateTags too. */
function refusedAction(error: unknown): string | undefined {
  return /not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)/.exec(error instanceof Error ? error.message : "")?.[1];
}

/** By IAM, all that it knows of. The account's root needs no permission, and IAM knows nothing of it. */
async function askIam({ use, clients, caller }: PermissionArgs, wanted: readonly Grant<Action>[]): Promise<Answer[]> {
  const [first] = regions(use);
  const iam = clients.get(first ?? "")?.iam;
  if (iam === undefined || caller.endsWith(":root")) return [];
  // The store has credentials of its own: it is asked itself.
  const known = wanted.filter(({ actions }) => !actions.some((action) => action.startsWith("s3:")));
  const simulation = { iam, principal: principalOf(caller), stack: use.stack };
  const answers = known.map(async (grant): Promise<Answer[]> => {
    try {
      return (await denied(simulation, grant)).map((action) => ({ action }));
    } catch (error) {
      const action = "iam:SimulatePrincipalPolicy";
      if (isDenied(error)) return [{ action }];
      return [{ action, problem: `${action} of ${simulation.principal}: ${errorText(error)}` }];
    }
  });
  return distinct((await Promise.all(answers)).flat());
}

/** The roles of the uploads: may we become them, and may they do what they are for? */
async function missingOfRoles(args: PermissionArgs, missing: ReadonlySet<string>): Promise<Finding[]> {
  const { AssumeRoleCommand } = await import("@aws-sdk/client-sts");
  const { use, clients } = args;
  const roles = [...new Set(use.places.map(({ spec }) => spec.uploadRole))];
  const findings = roles.map(async (role): Promise<Finding[]> => {
    const place = use.places.find(({ spec }) => spec.uploadRole === role);
    const found = clients.get(place?.spec.region ?? "");
    if (place === undefined || found === undefined) return [];
    const path = place.path.replace(/\.regions\[\d+\]$/, ".uploadRole");
    const session = { RoleArn: role, RoleSessionName: "copr-builders-preflight", DurationSeconds: 900 };
    try {
      // Nothing comes of it but a session that nobody uses.
      await found.sts.send(new AssumeRoleCommand(session));
    } catch (error) {
      const remedy =
        `allow sts:AssumeRole on it, and let its trust policy name ${args.caller}` +
        (missing.has("sts:AssumeRole") ? ` (the statement is above)` : "");
      return [{ path, problem: `${role} can't be assumed: ${errorText(error)}`, remedy }];
    }
    const [grant] = uploadRoleGrants({ ...use, places: use.places.filter(({ spec }) => spec.uploadRole === role) });
    if (grant === undefined || missing.has("iam:SimulatePrincipalPolicy")) return [];
    try {
      const lacking = await denied({ iam: found.iam, principal: role, stack: use.stack }, grant);
      const remedy = `add to the policy of the role:\n${JSON.stringify(statement(grant))}`;
      return lacking.map((action) => ({ path, problem: `${role} is not allowed ${action}`, remedy }));
    } catch (error) {
      const problem = `iam:SimulatePrincipalPolicy of ${role}: ${errorText(error)}`;
      return [{ path, problem, remedy: "see that the role is there, then try again" }];
    }
  });
  return (await Promise.all(findings)).flat();
}

/** Every statement that has the action: it is needed on all that they name. */
function finding(caller: string, action: string, wanted: readonly Grant[]): Finding {
  const statements = wanted
    .filter(({ actions }) => actions.includes(action))
    .map((grant) => JSON.stringify(statement({ ...grant, actions: [action] })));
  return {
    path: "aws",
    problem: `${caller} is not allowed ${action}`,
    remedy: `add to its policy:\n${statements.join(",\n")}`,
  };
}

function distinct(answers: readonly Answer[]): Answer[] {
  return [...new Map(answers.map((one) => [`${one.action} ${one.problem ?? ""}`, one])).values()];
}
