/** What we are not allowed but must be: every action of the generated policy, tried without effect. */
import type { Finding } from "../platform";
import { grants } from "./actions";
import { askIam, type IamArgs } from "./ask-iam";
import { BARRIERS } from "./barriers";
import type { Grant } from "./grants";
import { statement } from "./policy";
import { placesOf } from "./reach";
import { ruleFindings, type Refusal } from "./refusals";
import type { TrialArgs } from "./trials";
import { tryOut, type Answer } from "./try-out";
import { findingsOfRoles } from "./upload-roles";
import { ASK, READ } from "./user-grants";

export interface PermissionArgs extends IamArgs {
  /** What is tried, region by region. */
  readonly tried: readonly TrialArgs[];
}

export async function missingPermissions(args: PermissionArgs): Promise<Finding[]> {
  const wanted = grants(args.use);
  const answers = await tryOut(args.clients, args.tried, new Set(wanted.flatMap(({ actions }) => actions)));
  const closed = closedRegions(answers);
  const clients = new Map([...args.clients].filter(([region]) => !closed.has(region)));
  const asked = await askIam({ ...args, clients }, wanted, answers);
  const tried = answers.flatMap(({ refusal }) => (refusal && !closed.has(refusal.region ?? "") ? [refusal] : []));
  const refusals = [...tried, ...asked.refusals];
  const stops = refusals.filter(({ denial }) => spared(denial.action, wanted) === undefined);
  const notes = Object.entries(SPARED).flatMap(([sid, without]) => {
    const ofIt = refusals.filter(({ denial }) => spared(denial.action, wanted) === sid);
    return refusalFindings(args.caller.arn, ofIt, wanted).map((one) => sparedNote(one, without));
  });
  return [
    ...refusalFindings(args.caller.arn, stops, wanted),
    ...notes,
    ...[...closed].flatMap(([region, rule]) => closedFindings(args, region, rule)),
    ...answers.flatMap(({ finding }) => finding ?? []),
    ...asked.notes,
    ...(await findingsOfRoles({ ...args, clients, isIamAsked: asked.notes.length === 0 })),
  ];
}

function refusalFindings(caller: string, refusals: readonly Refusal[], wanted: readonly Grant[]): Finding[] {
  const rules = refusals.filter(({ denial }) => denial.by !== "permissions");
  const missing = new Set(refusals.flatMap(({ denial }) => (denial.by === "permissions" ? [denial.action] : [])));
  return [
    ...[...missing].sort().map((action) => missingFinding(caller, action, wanted)),
    ...ruleFindings(caller, rules),
  ];
}

const KEPT = "until then old generations stay, since what names their images can't be told";

/** Statements that a run can do without, by name: what it does then. */
const SPARED: Readonly<Record<string, string>> = {
  [ASK]: KEPT,
  [READ]: KEPT,
  [BARRIERS]: "what network ACLs and a block of public access forbid is then found by the run itself",
};

/** The statement, where the action is in that alone. */
function spared(action: string, wanted: readonly Grant[]): string | undefined {
  const [first, ...more] = wanted.filter(({ actions }) => actions.includes(action)).map(({ sid }) => sid);
  return first !== undefined && first in SPARED && more.every((sid) => sid in SPARED) ? first : undefined;
}

function sparedNote({ remedy, ...finding }: Finding, without: string): Finding {
  return { ...finding, remedy: `nothing stops for that; ${without}: ${remedy}`, note: true };
}

/** Regions where a rule denies everything, reads too: there is nothing to tell action by action. */
function closedRegions(answers: readonly Answer[]): ReadonlyMap<string, Refusal> {
  const byRegion = new Map<string, Answer[]>();
  for (const one of answers) byRegion.set(one.trial.region, [...(byRegion.get(one.trial.region) ?? []), one]);
  return new Map(
    [...byRegion].flatMap(([region, all]) => {
      const denied = all.flatMap(({ refusal }) => (refusal && refusal.denial.by !== "permissions" ? [refusal] : []));
      const [first] = denied;
      return first !== undefined && denied.length === all.length ? [[region, first] as const] : [];
    }),
  );
}

function closedFindings({ use, caller }: PermissionArgs, region: string, rule: Refusal): Finding[] {
  const { keys, ...denial } = rule.denial;
  const onRegion = keys.filter((key) => /region/i.test(key));
  const all = {
    ...rule,
    denial: { ...denial, action: "ec2:RunInstances, like everything else,", keys: onRegion },
    without: [],
  };
  const [found] = ruleFindings(caller.arn, [all]);
  return found === undefined ? [] : placesOf(use, region).map((path) => ({ ...found, path }));
}

/** Every statement that has the action: it is needed on all that they name. */
function missingFinding(caller: string, action: string, wanted: readonly Grant[]): Finding {
  const statements = wanted
    .filter(({ actions }) => actions.includes(action))
    .map((grant) => JSON.stringify(statement({ ...grant, actions: [action] })));
  return {
    path: "aws",
    problem: `${caller} is not allowed ${action}`,
    remedy: `add to its policy:\n${statements.join(",\n")}`,
  };
}
