/** The roles that workers put blocks with: may we become them, and may they do what they are for? */
import type { Finding } from "../platform";
import { grants, uploadRoleGrants } from "./actions";
import { errorText, isDenied, type Clients } from "./ask";
import { isUsed, simulationOf, unaskedNote, type IamArgs } from "./ask-iam";
import { denialOf } from "./denial";
import { targetPath, unique, type Grant } from "./grants";
import { statement } from "./policy";
import { principalOf } from "./principal";
import { ruleFindings } from "./refusals";
import { simulate, type IsOpen } from "./simulate";

export interface RoleArgs extends IamArgs {
  /** False where IAM tells us nothing. */
  readonly isIamAsked: boolean;
}

export async function findingsOfRoles(args: RoleArgs): Promise<Finding[]> {
  const roles = unique(args.use.places.map(({ spec }) => spec.uploadRole));
  return (await Promise.all(roles.map((role) => findingsOfRole(args, role)))).flat();
}

async function findingsOfRole(args: RoleArgs, role: string): Promise<Finding[]> {
  const { AssumeRoleCommand } = await import("@aws-sdk/client-sts");
  const { use, caller, isIamAsked } = args;
  const places = use.places.filter(({ spec }) => spec.uploadRole === role && args.clients.has(spec.region));
  const [place] = places;
  const clients = args.clients.get(place?.spec.region ?? "");
  if (place === undefined || clients === undefined) return [];
  const path = `${targetPath(place.path)}.uploadRole`;
  const session = { RoleArn: role, RoleSessionName: "copr-builders-preflight", DurationSeconds: 900 };
  try {
    // Nothing comes of it but a session that nobody uses.
    await clients.sts.send(new AssumeRoleCommand(session));
  } catch (error) {
    return [await notAssumed({ path, role, caller: caller.arn, error, clients, wanted: grants(use) })];
  }
  const wanted = uploadRoleGrants({ ...use, places });
  if (!isIamAsked || role.split(":")[4] !== caller.account) return [];
  try {
    const simulation = simulationOf(args, role, clients.iam);
    const isOpen: IsOpen = (action, at) => isUsed(args, role, action, at);
    const denied = (await Promise.all(wanted.map((grant) => simulate(simulation, grant, isOpen)))).flat();
    const [rule] = denied.filter(({ by }) => by !== "permissions");
    if (rule !== undefined) {
      const refusals = denied.map(({ region: _, ...denial }) => ({ denial, tags: [], without: [] }));
      return ruleFindings(role, refusals).map((one) => ({ ...one, path }));
    }
    const actions = unique(denied.map(({ action }) => action));
    return actions.map((action) => {
      const statements = wanted.filter((grant) => grant.actions.some((one) => one === action)).map(statement);
      const remedy = `add to the policy of the role:\n${statements.map((one) => JSON.stringify(one)).join(",\n")}`;
      return { path, problem: `${role} is not allowed ${action}`, remedy };
    });
  } catch (error) {
    return [{ ...unaskedNote(role, undefined, error), path }];
  }
}

interface NotAssumed {
  readonly path: string;
  readonly role: string;
  readonly caller: string;
  readonly error: unknown;
  readonly clients: Clients;
  readonly wanted: readonly Grant[];
}

async function notAssumed({ path, role, caller, error, clients, wanted }: NotAssumed): Promise<Finding> {
  const problem = `${role} can't be assumed by ${caller}: ${errorText(error)}`;
  if (!isDenied(error)) return { path, problem, remedy: "see that the role is there, and named with its path" };
  if (caller.endsWith(":root")) {
    return { path, problem, remedy: "an account's root can assume no role: sign in as a user or with a role" };
  }
  if (/:federated-user\//.test(caller)) {
    return { path, problem, remedy: "a federated user can assume no role: sign in as a user or with a role" };
  }
  const denial = await denialOf(error, "sts:AssumeRole", clients.sts);
  // A trust policy names the role itself, whoever has become it.
  const { arn: principal } = await principalOf(caller, clients.iam);
  if (denial.by !== "permissions") {
    const [found] = ruleFindings(principal, [{ denial, tags: [], without: [] }]);
    return { path, problem, remedy: found?.remedy ?? "ask who administers the account" };
  }
  const [own] = wanted
    .filter(({ actions }) => actions.includes("sts:AssumeRole"))
    .map((grant) => JSON.stringify(statement({ ...grant, resources: [role] })));
  return {
    path,
    problem,
    remedy: `let its trust policy name ${principal}, and allow ${principal} this:\n${own ?? ""}`,
  };
}
