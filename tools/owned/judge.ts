/** What was found against what the state says. */
import type { OwnedThing } from "../../infra/platform";
import type { StateResource } from "./state";

/** One thing that carries the identity. */
export interface Found extends OwnedThing {
  /** Where it is of: a platform's name, or `store`. */
  readonly platform: string;
}

export type Verdict =
  | { readonly kind: "owned"; readonly by: string }
  /** A worker's or a boot check's: it goes with that stack. */
  | { readonly kind: "at work"; readonly by: string }
  | { readonly kind: "orphaned"; readonly why: string };

export interface Judged {
  readonly found: Found;
  readonly verdict: Verdict;
}

export interface Missing {
  readonly type: string;
  readonly name: string;
  readonly id: string;
}

export interface JudgeArgs {
  readonly found: readonly Found[];
  /** Undefined where the stack is gone. */
  readonly state: readonly StateResource[] | undefined;
  readonly innerStacks: readonly string[];
}

/** Types whose resource is one thing that a list of things must show. */
const THINGS: ReadonlySet<string> = new Set([
  "aws:ec2/ami:Ami",
  "aws:ec2/amiCopy:AmiCopy",
  "builders:index:EbsSnapshot",
  "builders:index:LibvirtImage",
]);

export function judge({ found, state, innerStacks }: JudgeArgs): readonly Judged[] {
  const known = (state ?? []).map((resource) => ({
    resource,
    texts: new Set(texts([resource.id, resource.name, resource.outputs])),
  }));
  return found.map((one) => {
    const inner = innerStacks.find((stack) => isOf(one.name, stack));
    if (inner !== undefined) return { found: one, verdict: { kind: "at work", by: inner } };
    const owner = known.find(
      ({ resource, texts }) => (texts.has(one.id) || texts.has(one.name)) && isThere(one, resource),
    );
    if (owner !== undefined) return { found: one, verdict: { kind: "owned", by: owner.resource.name } };
    const why = state === undefined ? "its stack is not there any more" : "no state knows of it: its run was killed";
    return { found: one, verdict: { kind: "orphaned", why } };
  });
}

/** What the state stands for and nobody has found. */
export function missing({ found, state = [] }: JudgeArgs): readonly Missing[] {
  const there = new Set(found.flatMap(({ id, name }) => [id, name]));
  return state
    .filter(({ type }) => THINGS.has(type))
    .filter(({ id, outputs }) => ![id, outputs["name"], outputs["snapshotId"]].some((text) => there.has(String(text))))
    .map(({ type, name, id }) => ({ type, name, id }));
}

/** A machine, what it is made of, or its lease. */
function isOf(name: string, stack: string): boolean {
  return name === stack || name.startsWith(`${stack}-`) || name.endsWith(`/${stack}.json`);
}

/** Volumes have the same name on each hypervisor: the resource must be of that one. */
function isThere({ where, kind }: Found, { outputs }: StateResource): boolean {
  return kind !== "volume" || typeof outputs["uri"] !== "string" || outputs["uri"] === where;
}

function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(texts);
}
