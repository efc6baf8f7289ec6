/** What was found against what the state says. */
import { isOfferOf } from "../../provider/holds";
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
  /** No state knows of it, but somebody uses it: it stays. */
  | { readonly kind: "in use"; readonly by: string }
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
  /** Who uses an image, by its id or name. */
  readonly used: ReadonlyMap<string, string>;
}

export function judge({ found, state, innerStacks, used }: JudgeArgs): readonly Judged[] {
  return found.map((one) => {
    const inner = innerStacks.find((stack) => isOf(one.name, stack));
    if (inner !== undefined) return { found: one, verdict: { kind: "at work", by: inner } };
    const owner = state?.find((resource) => owns(resource, one));
    if (owner !== undefined) return { found: one, verdict: { kind: "owned", by: owner.name } };
    const filler = innerStacks.find((stack) => isFilledBy(one, stack));
    if (filler !== undefined) return { found: one, verdict: { kind: "at work", by: filler } };
    const use = [...used].find(([image]) => isImage(one, image));
    if (use !== undefined) return { found: one, verdict: { kind: "in use", by: use[1] } };
    const why =
      state === undefined
        ? "its stack is not there any more"
        : "no state knows of it: its run was killed, or an older state was put back";
    return { found: one, verdict: { kind: "orphaned", why } };
  });
}

/**
 * What the state stands for and nobody has found.
 * @param types of resources that each are one thing which would have been found
 */
export function missing(
  found: readonly Found[],
  state: readonly StateResource[],
  types: readonly string[],
): readonly Missing[] {
  const there = new Set(found.flatMap(({ id, name }) => [id, name]));
  return state
    .filter(({ type }) => types.includes(type))
    .filter(({ id, outputs }) => ![id, outputs["name"], outputs["snapshotId"]].some((text) => there.has(String(text))))
    .map(({ type, name, id }) => ({ type, name, id }));
}

/** What is in the store is of this "platform". */
export const STORE = "store";

/** The image itself, or what says that it may be taken: without that its users could not go on with it. */
export function isImage({ platform, id, name }: Found, image: string): boolean {
  return id === image || name === image || (platform === STORE && isOfferOf(id, image));
}

/** A machine, what it is made of, or its lease. */
function isOf(name: string, stack: string): boolean {
  return name === stack || name.startsWith(`${stack}-`) || name.endsWith(`/${stack}.json`);
}

/** What a worker fills is known by its build, which the stack of that worker is named after; a run's state may know of it later. */
function isFilledBy({ owners }: Found, stack: string): boolean {
  const key = owners["builders:index:Artifact"];
  return key !== undefined && stack.endsWith(`-worker.${key.slice(0, 8)}`);
}

/** That a state mentions a thing makes nobody its owner: only who would delete it is. */
function owns({ type, name, id, outputs }: StateResource, { owners, resource, where }: Found): boolean {
  const known = owners[type];
  if (known === undefined) return false;
  // What the thing itself says holds also where its place is spelled otherwise by now.
  if (name === resource) return true;
  // Things have the same name on each hypervisor and in each region.
  const place = outputs["uri"] ?? outputs["region"] ?? where;
  return place === where && texts([id, outputs]).includes(known);
}

function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(texts);
}
