/** IAM policy documents from what the code declares that it calls. */
import { grants, uploadRoleGrants } from "./actions";
import type { AwsUse, Grant } from "./grants";

export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Grant["condition"];
}

export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

export interface Policies {
  /** For whoever runs `pulumi up`. */
  readonly operator: PolicyDocument;
  /** For the role of `uploadRole`. */
  readonly uploadRole: PolicyDocument;
}

export function policies(use: AwsUse): Policies {
  return { operator: document(grants(use)), uploadRole: document(uploadRoleGrants(use)) };
}

/** Of a managed policy, without white space; source: IAM user guide, "IAM and AWS STS quotas". */
const MOST_CHARACTERS = 6144;

/**
 * The documents as they are handed in, each below the size that IAM takes for a managed policy: one under its own name, several
 * numbered, `operator-1` and so on; whoever it is gets all of them.
 */
export function handedIn(all: Policies): Readonly<Record<string, PolicyDocument>> {
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, whole]: [string, PolicyDocument]) => {
      const parts = split(whole);
      return parts.map((part, at) => [parts.length === 1 ? name : `${name}-${at + 1}`, part]);
    }),
  );
}

function split({ Version, Statement }: PolicyDocument): PolicyDocument[] {
  const parts: Statement[][] = [];
  for (const one of Statement.flatMap(halves)) {
    const last = parts.at(-1);
    if (last !== undefined && size([...last, one]) <= MOST_CHARACTERS) last.push(one);
    else parts.push([one]);
  }
  return (parts.length === 0 ? [[]] : parts).map((statements) => ({ Version, Statement: statements }));
}

/** A statement that is too long by itself is granted on half of its things, and again on the other half. */
function halves(one: Statement): Statement[] {
  const { Sid, Resource } = one;
  if (size([one]) <= MOST_CHARACTERS || Resource.length < 2) return [one];
  const middle = Math.ceil(Resource.length / 2);
  return [
    ...halves({ ...one, Sid: `${Sid}A`, Resource: Resource.slice(0, middle) }),
    ...halves({ ...one, Sid: `${Sid}B`, Resource: Resource.slice(middle) }),
  ];
}

/** As IAM counts: JSON as short as it goes. */
function size(statements: readonly Statement[]): number {
  const document: PolicyDocument = { Version: "2012-10-17", Statement: statements };
  return JSON.stringify(document).replaceAll(/\s/g, "").length;
}

export function statement({ sid, actions, resources, condition }: Grant): Statement {
  return {
    Sid: sid,
    Effect: "Allow",
    Action: [...actions].sort(),
    Resource: resources,
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}

function document(list: readonly Grant[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: merged(list).map(statement) };
}

/** What has the same terms, or is the same on other things under the same condition, is one statement: documents have a size. */
function merged(list: readonly Grant[]): Grant[] {
  const onSame = joined(list, ({ resources, condition }) => [resources, condition]);
  return joined(onSame, ({ actions, condition }) => [actions, condition]);
}

/** One of all that are alike; in the others' name too. */
function joined(list: readonly Grant[], likeness: (grant: Grant) => readonly unknown[]): Grant[] {
  const all = new Map<string, Grant>();
  for (const grant of list) {
    const key = JSON.stringify(likeness(grant));
    const { actions, resources, ...same } = all.get(key) ?? { ...grant, actions: [], resources: [] };
    all.set(key, { ...same, actions: union(actions, grant.actions), resources: union(resources, grant.resources) });
  }
  return [...all.values()];
}

function union(some: readonly string[], more: readonly string[]): string[] {
  return [...new Set([...some, ...more])];
}
