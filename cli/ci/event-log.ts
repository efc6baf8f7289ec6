/**
 * What a preview found, from the engine's event log: one JSON object a line, as `pulumi preview --event-log FILE` writes it
 * (apitype.EngineEvent). The values of properties are left where they are: only names leave this file, and what the engine,
 * the program and the policies say in words.
 */
import { isDeepStrictEqual } from "node:util";
import { nameOf, typeOf } from "../../contract/urn";
import { parseEvent, type EngineEvent as Event, type Metadata } from "./engine-event";

export interface Message {
  readonly severity: "info" | "warning" | "error";
  /** Name of the resource that it is about; nothing if it is about the whole run. */
  readonly resource?: string;
  readonly text: string;
}

/** One resource that changes. */
export interface Step {
  /** `create`, `update`, `replace`, `delete`, ... as the engine calls it. */
  readonly op: string;
  /** Type token, e.g. `builders:index:LibvirtImage`. */
  readonly type: string;
  readonly name: string;
  /** What an image's component says of where it is, in the words of the settings: its input `place`. */
  readonly place?: string;
  readonly parent?: { readonly type: string; readonly name: string; readonly place?: string };
  /** Names of the inputs that differ. */
  readonly changed: readonly string[];
}

export interface Violation {
  readonly policy: string;
  readonly level: string;
  readonly resource?: string;
  readonly text: string;
}

export interface PolicyPack {
  /** `NAME@vVERSION`. */
  readonly name: string;
  readonly violations: readonly Violation[];
  /** Was the stack as a whole judged? Not if the program ended early. */
  readonly complete: boolean;
}

export interface Preview {
  readonly messages: readonly Message[];
  readonly steps: readonly Step[];
  /** Resources that stay as they are. */
  readonly unchanged: number;
  /** Names of the stack's outputs that change. */
  readonly outputs: readonly string[];
  readonly policies: readonly PolicyPack[];
  /** Did the engine come to its end? An engine that was killed says nothing of its result. */
  readonly finished: boolean;
}

const STACK = "pulumi:pulumi:Stack";
/** Halves of a `replace`, which is an event of its own, and what changes nothing. */
const NO_STEP: ReadonlySet<string> = new Set(["same", "create-replacement", "delete-replaced", "read", "refresh"]);

/**
 * @param redact blanks out secrets in what was said; before anything is cut short, which would leave half of one
 * @throws Error where a line is no event of the engine: its log has another format then
 */
export function parseEventLog(log: string, redact: (text: string) => string): Preview {
  const events = log.split("\n").flatMap((line, index) => (line.trim() === "" ? [] : [parseEvent(line, index + 1)]));
  const resources = events.flatMap((event) => event.resourcePreEvent?.metadata ?? []);
  const places = new Map(resources.flatMap(placeOf));
  const visible = resources.filter(({ urn }) => !/^pulumi:(pulumi:Stack|providers:)/.test(typeOf(urn)));
  return {
    messages: events.flatMap((event) => message(event, redact)),
    steps: visible.flatMap((metadata) => step(metadata, places)),
    unchanged: visible.filter(({ op }) => op === "same").length,
    outputs: changedOutputs(events),
    policies: policies(events, redact),
    finished: events.some((event) => event.summaryEvent !== undefined),
  };
}

function message({ diagnosticEvent: event }: Event, redact: (text: string) => string): Message[] {
  if (!event || event.ephemeral === true || event.message.trim() === "") return [];
  const { severity } = event;
  if (severity !== "info" && severity !== "warning" && severity !== "error") return [];
  const text = redact(event.message.trimEnd());
  const { urn } = event;
  return [{ severity, text, ...(urn && typeOf(urn) !== STACK ? { resource: nameOf(urn) } : {}) }];
}

function step(metadata: Metadata, places: ReadonlyMap<string, string>): Step[] {
  if (NO_STEP.has(metadata.op)) return [];
  const parent = (metadata.new ?? metadata.old)?.parent;
  const changed = metadata.op === "update" || metadata.op === "replace" ? changedInputs(metadata) : [];
  const about = (urn: string) => {
    const place = places.get(urn);
    return { type: typeOf(urn), name: nameOf(urn), ...(place === undefined ? {} : { place }) };
  };
  return [{ op: metadata.op, ...about(metadata.urn), ...(parent ? { parent: about(parent) } : {}), changed }];
}

function placeOf({ urn, old, new: now }: Metadata): [string, string][] {
  const place = now?.inputs?.["place"] ?? old?.inputs?.["place"];
  return typeof place === "string" ? [[urn, place]] : [];
}

function changedInputs({ detailedDiff, old, new: now }: Metadata): string[] {
  const detailed = Object.keys(detailedDiff ?? {});
  return detailed.length > 0 ? detailed.sort() : changedKeys(old?.inputs, now?.inputs);
}

/** The stack's own outputs come several times; the last ones are those of the program's end. */
function changedOutputs(events: readonly Event[]): string[] {
  const last = events
    .flatMap((event) => event.resOutputsEvent?.metadata ?? [])
    .findLast(({ urn }) => typeOf(urn) === STACK);
  return last?.new ? changedKeys(last.old?.outputs, last.new.outputs) : [];
}

function changedKeys(old: Record<string, unknown> | null | undefined, now: typeof old): string[] {
  const keys = new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})]);
  return [...keys].filter((key) => !key.startsWith("__") && !isDeepStrictEqual(old?.[key], now?.[key])).sort();
}

/** Packs that judged anything, and what they found. */
function policies(events: readonly Event[], redact: (text: string) => string): PolicyPack[] {
  const packs = new Map<string, { violations: Violation[]; complete: boolean }>();
  for (const { policyEvent, policyAnalyzeSummaryEvent, policyAnalyzeStackSummaryEvent } of events) {
    const about = policyEvent ?? policyAnalyzeSummaryEvent ?? policyAnalyzeStackSummaryEvent;
    if (!about) continue;
    const { policyPackName, policyPackVersion } = about;
    const name = policyPackVersion ? `${policyPackName}@v${policyPackVersion}` : policyPackName;
    const found = packs.get(name) ?? { violations: [], complete: false };
    packs.set(name, found);
    if (policyEvent) found.violations.push(violation(policyEvent, redact));
    found.complete ||= policyAnalyzeStackSummaryEvent !== undefined;
  }
  return [...packs].map(([name, found]) => ({ name, ...found }));
}

function violation(event: NonNullable<Event["policyEvent"]>, redact: (text: string) => string): Violation {
  const { policyName: policy, enforcementLevel: level, resourceUrn: urn } = event;
  return { policy, level, text: redact(event.message.trimEnd()), ...(urn ? { resource: nameOf(urn) } : {}) };
}
