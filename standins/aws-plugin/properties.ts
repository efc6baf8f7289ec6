/** From what the engine sends to plain inputs, and back to a state in which secrets are still secret. */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Difference } from "../../provider-kit/server";
import { nameOf } from "../../contract/urn";
import {
  decode,
  holdsSecret,
  isRecord,
  isUnknown,
  toSecret,
  UNKNOWN,
  type WireProperties,
} from "../../provider-kit/wire";
import type { ResourceKind, Values } from "./kind";
import { toTags, type Tags } from "./tags";

/** Where the official plugin, too, keeps which inputs it filled in. */
const DEFAULTS = "__defaults";

/** In the state of what was made, but did not come to be as it should. */
export const INCOMPLETE = "__incomplete";

/** Inputs without the plugin's own notes. */
export function withoutNotes(wire: WireProperties): WireProperties {
  const { [DEFAULTS]: _notes, ...inputs } = wire;
  return inputs;
}

/** The inputs with those that the program left out: the name it had, or a new one, and the type's defaults. */
export function complete(
  kind: ResourceKind,
  urn: string,
  olds: WireProperties,
  news: WireProperties,
  seed: Uint8Array,
): WireProperties {
  const given = Object.fromEntries(Object.entries(withoutNotes(news)).filter(([, value]) => (value ?? null) !== null));
  const filled = kind.defaults?.(given) ?? {};
  const notes = Object.keys(filled).filter((key) => !(key in given));
  const inputs: Record<string, unknown> = { ...given, ...filled };
  const { nameProperty } = kind;
  if (nameProperty !== undefined && !(nameProperty in inputs)) {
    const kept = wasFilledIn(olds, nameProperty) ? olds[nameProperty] : undefined;
    inputs[nameProperty] = kept ?? `${nameOf(urn)}-${randomEnd(urn, seed)}`;
    notes.push(nameProperty);
  }
  return { ...inputs, [DEFAULTS]: notes.sort() };
}

function wasFilledIn(inputs: WireProperties, key: string): boolean {
  const notes = inputs[DEFAULTS];
  return Array.isArray(notes) && notes.includes(key);
}

/** Seven digits, as the official plugin's names have. */
function randomEnd(urn: string, seed: Uint8Array): string {
  return createHash("sha256").update(urn).update(seed).digest("hex").slice(0, 7);
}

export interface Compared {
  readonly oldInputs: WireProperties;
  readonly olds: WireProperties;
  readonly news: WireProperties;
  readonly defaultTags: Tags;
  /** The provider's. */
  readonly region: string;
}

/** What of the inputs changed, and what of that replaces. */
export function compare(kind: ResourceKind, { oldInputs, olds, news, defaultTags, region }: Compared): Difference {
  const before = decode(withoutNotes(oldInputs)).values;
  const now = decode(withoutNotes(news));
  const keys = new Set([...Object.keys(before), ...Object.keys(now.values), ...[...now.unknown].map(rootOf)]);
  const isUncertain = (key: string) => [...now.unknown].some((path) => rootOf(path) === key);
  const changed = [...keys].filter((key) => isUncertain(key) || !isSame(before[key], now.values[key]));
  const moved = regionOf(olds) !== undefined && regionOf(olds) !== (now.values["region"] ?? region);
  if (moved && !changed.includes("region")) changed.push("region");
  const all = tagsAllOf(kind, news, defaultTags);
  if (all !== undefined && olds["tagsAll"] !== undefined && !isSame(decode(olds).values["tagsAll"], all)) {
    if (!changed.includes("tags")) changed.push("tagsAll");
  }
  const replaces = changed.filter((key) => key !== "tags" && key !== "tagsAll" && !kind.updatable.includes(key));
  // As the official plugin: a create that was not finished is not taken up, another is made.
  if (olds[INCOMPLETE] !== undefined) for (const list of [changed, replaces]) list.push(INCOMPLETE);
  const { nameProperty } = kind;
  // A name that the program gave can't be had twice.
  const clashes =
    nameProperty !== undefined && !wasFilledIn(news, nameProperty) && before[nameProperty] === now.values[nameProperty];
  return { changed, replaces, deleteBeforeReplace: replaces.length > 0 && clashes };
}

function rootOf(path: string): string {
  return /^[^.[]*/.exec(path)?.[0] ?? path;
}

export function regionOf(state: WireProperties): string | undefined {
  const { region } = decode(state).values;
  return typeof region === "string" ? region : undefined;
}

/** Undefined if they are not known yet, or the type has no tags. */
export function tagsAllOf(kind: ResourceKind, news: WireProperties, defaultTags: Tags): Tags | undefined {
  const { values, unknown } = decode({ tags: news["tags"] });
  if (!kind.tagged || unknown.size > 0) return undefined;
  return { ...defaultTags, ...toTags(values["tags"]) };
}

/** Equal as EC2 sees it: the lists of these types are sets. */
export function isSame(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(canonical(a), canonical(b));
}

const MINUTE_MS = 60_000;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** Times are rounded to the minute, as EC2 does. */
function canonical(value: unknown): unknown {
  if (typeof value === "string" && TIME.test(value)) return Math.round(Date.parse(value) / MINUTE_MS);
  if (Array.isArray(value)) {
    const items = value.map((item) => canonical(item));
    return items.map((item) => [JSON.stringify(item), item] as const).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, item]) => [key, canonical(item)]),
  );
}

/** The state: the inputs as they came, and over them what is there, secret where the input is. */
export function stateOf(inputs: WireProperties, actual: Values): WireProperties {
  const shown = Object.fromEntries(
    Object.entries(actual)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, holdsSecret(inputs[inputOf(key)]) ? toSecret(value) : value]),
  );
  return { ...withoutNotes(inputs), ...shown };
}

function inputOf(key: string): string {
  return key === "tagsAll" ? "tags" : key;
}

/** Before it is done: what is not known is said to be so. */
export function foresee(
  kind: ResourceKind,
  olds: WireProperties | undefined,
  news: WireProperties,
  defaultTags: Tags,
): WireProperties {
  const inputs = withoutNotes(news);
  const all = kind.tagged
    ? { tagsAll: isUnknown(news["tags"]) ? UNKNOWN : { ...defaultTags, ...(inputs["tags"] as object | undefined) } }
    : {};
  if (olds !== undefined) {
    const changed = Object.entries(inputs).filter(([key, value]) => !isSame(decode({ value }).values, olds[key]));
    const enriched = kind.enriched ?? [];
    return { ...olds, ...Object.fromEntries(changed.filter(([key]) => !enriched.includes(key))), ...all };
  }
  const unknown = (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, UNKNOWN]));
  return { ...unknown(kind.computed), ...inputs, ...unknown(kind.enriched ?? []), ...all };
}

/** The inputs after a refresh: those that the program gave, with the values that are there now. */
export function refreshed(inputs: WireProperties, actual: Values): WireProperties {
  return Object.fromEntries(
    Object.entries(inputs).map(([key, wire]) => {
      const given = decode({ value: wire }).values["value"];
      const now = key in actual ? likeness(given, actual[key]) : given;
      const same = key === DEFAULTS || isSame(given, now);
      return [key, same ? wire : holdsSecret(wire) ? toSecret(now) : now];
    }),
  );
}

/** Of a value that came back with more in it than was given, what was given. */
function likeness(given: unknown, actual: unknown): unknown {
  if (Array.isArray(given) && Array.isArray(actual)) {
    const rest = [...(actual as unknown[])];
    const same = given.length === actual.length && given.every((item) => takeAlike(item, rest));
    return same ? given : actual;
  }
  if (!isRecord(given) || !isRecord(actual) || Object.keys(given).length === 0) return actual;
  return Object.fromEntries(Object.keys(given).map((key) => [key, likeness(given[key], actual[key] ?? given[key])]));
}

function takeAlike(item: unknown, rest: unknown[]): boolean {
  const index = rest.findIndex((other) => isSame(item, likeness(item, other)));
  if (index >= 0) rest.splice(index, 1);
  return index >= 0;
}
