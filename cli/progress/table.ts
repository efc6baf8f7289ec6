/**
 * How far a run has come, told from the engine's events: a row for each architecture's build and for each place of each of its
 * images, and in it what became of publishing and of the boots. Pure: events and their times go in, rows come out.
 */
import { nameOf, typeOf } from "../../contract/urn";
import type { EngineEvent, Metadata } from "../ci/engine-event";

/** Where a step is. Times are seconds since 1970. */
export type Cell =
  | { readonly state: "waiting" }
  | { readonly state: "running"; readonly since: number; readonly text: string }
  /** Nothing had to be done: an earlier run did it. */
  | { readonly state: "kept" }
  | { readonly state: "done"; readonly seconds: number }
  | { readonly state: "failed"; readonly seconds: number; readonly text: string };

export type StepName = "build" | "publish" | "boot";

export interface Row {
  /** `copr-builder-x86_64-g2-0a1b2c3d`, or the build's name. */
  readonly name: string;
  readonly arch: string;
  /** In the words of the settings, `hypervisor/vmhost-01`; absent in the row of a build. */
  readonly place?: string;
  readonly cells: Readonly<Partial<Record<StepName, Cell>>>;
}

export interface Message {
  readonly severity: "warning" | "error" | "info";
  readonly text: string;
}

export interface Table {
  /** Of the newest generation, and of older ones where something is done. */
  readonly rows: readonly Row[];
  /** Images and disks of older generations that went. */
  readonly removed: number;
}

interface Step {
  readonly step: StepName;
  readonly row: string;
  /** URNs of resources in it that are being worked on. */
  readonly active: Set<string>;
  changed: boolean;
  ended: boolean;
  /** When the first of these began, and how long there were any before: a step waits between its parts. */
  since: number;
  worked: number;
  text: string;
  failure: string | undefined;
}

const STEPS: Readonly<Record<string, StepName>> = {
  "builders:index:ImageBuild": "build",
  "builders:index:PublishedImage": "publish",
  "builders:index:BootCheck": "boot",
};
const IMAGE = /^copr-builder-([a-z0-9_]+)-g(\d+)-([0-9a-f]+)/;
const BUILD = /^build-([a-z0-9_]+)-([0-9a-f]+)$/;
/** What a boot check's name has more than that of its image in a place. */
const BOOT = ".boot";
/** Resources that own a name, before there is anything to publish. */
const CLAIM = /ImageName$/;
/** Halves of a replacement, and what is only read. */
const CHANGES: ReadonlySet<string> = new Set(["create", "update", "replace", "create-replacement", "import"]);

export class Progress {
  private readonly parents = new Map<string, string>();
  private readonly steps = new Map<string, Step>();
  private readonly places = new Map<string, string>();
  private readonly gone = new Set<string>();
  /** The engine has come to its end. */
  private over = false;

  /** @returns what is to be said once, beside the table */
  hear(event: EngineEvent): Message[] {
    const at = event.timestamp ?? 0;
    const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent, policyEvent } = event;
    if (resourcePreEvent) this.begins(resourcePreEvent.metadata, at);
    if (resOutputsEvent) this.ends(resOutputsEvent.metadata, at);
    if (event.summaryEvent) this.over = true;
    if (resOpFailedEvent) this.fails(resOpFailedEvent.metadata, at);
    return [...(diagnosticEvent ? this.says(diagnosticEvent) : []), ...(policyEvent ? [violation(policyEvent)] : [])];
  }

  table(): Table {
    const rows = new Map<
      string,
      { row: Omit<Row, "cells">; cells: Partial<Record<StepName, Cell>>; changed: boolean }
    >();
    for (const step of this.steps.values()) {
      const known = rows.get(step.row) ?? { row: this.describe(step.row), cells: {}, changed: false };
      known.cells[step.step] = cellOf(step, this.over);
      known.changed ||= step.changed;
      rows.set(step.row, known);
    }
    const newest = Math.max(0, ...[...rows.keys()].map(generationOf));
    const keys = new Set([...rows.keys()].filter((name) => generationOf(name) === newest).map(keyOf));
    const shown = [...rows.values()].filter(
      ({ row: { name }, changed }) =>
        changed || generationOf(name) === newest || (BUILD.test(name) && keys.has(keyOf(name))),
    );
    return {
      rows: shown.map(({ row, cells }) => ({ ...row, cells })).sort(inOrder),
      removed: this.gone.size,
    };
  }

  private describe(name: string): Omit<Row, "cells"> {
    const place = this.places.get(name);
    return { name, arch: archOf(name), ...(place === undefined ? {} : { place }) };
  }

  private begins(metadata: Metadata, at: number): void {
    const { urn, op, old, new: now } = metadata;
    const parent = (now ?? old)?.parent;
    if (parent) this.parents.set(urn, parent);
    if (op === "delete" || op === "delete-replaced") return;
    const step = this.stepOf(urn, "new");
    if (step === undefined) return;
    if (STEPS[typeOf(urn)] !== undefined) this.note(step, metadata);
    else if (CHANGES.has(op) && !CLAIM.test(typeOf(urn))) {
      step.changed = true;
      if (step.active.size === 0) step.since = at;
      step.active.add(urn);
    }
  }

  private note({ row }: Step, { old, new: now }: Metadata): void {
    const place = now?.inputs?.["place"] ?? old?.inputs?.["place"];
    if (typeof place === "string") this.places.set(row, place);
  }

  private ends(metadata: Metadata, at: number): void {
    const { urn, op } = metadata;
    if (op === "delete") {
      if (STEPS[typeOf(urn)] === "publish") this.gone.add(urn);
      return;
    }
    const step = this.stepOf(urn);
    if (step === undefined) return;
    leave(step, urn, at);
    // A component tells its outputs once all of them are known.
    if (STEPS[typeOf(urn)] !== undefined) step.ended = true;
  }

  private fails({ urn }: Metadata, at: number): void {
    const step = this.stepOf(urn);
    if (step !== undefined && leave(step, urn, at)) step.failure ??= "";
  }

  private says({ urn, message, severity, ephemeral }: NonNullable<EngineEvent["diagnosticEvent"]>): Message[] {
    const text = message.trim();
    const step = urn === undefined ? undefined : this.stepOf(urn);
    if (step !== undefined && text !== "") {
      if (severity === "error") step.failure = [step.failure, text].filter(Boolean).join("; ");
      else if (step.active.has(urn ?? "")) step.text = text.split("\n").at(-1) ?? text;
    }
    if (ephemeral === true || text === "") return [];
    // The row has it: what happens is told by its cells.
    if (step !== undefined && severity === "info") return [];
    return severity === "info" || severity === "warning" || severity === "error" ? [{ severity, text }] : [];
  }

  /** The step that a resource is part of; undefined if of none, or of one that only goes. */
  private stepOf(urn: string, which: "new" | "known" = "known"): Step | undefined {
    for (let at: string | undefined = urn; at !== undefined; at = this.parents.get(at)) {
      const step = STEPS[typeOf(at)];
      if (step === undefined) continue;
      const known = this.steps.get(at);
      if (known || which === "known") return known;
      const name = nameOf(at);
      const row = step === "boot" && name.endsWith(BOOT) ? name.slice(0, -BOOT.length) : name;
      const made: Step = {
        ...{ step, row, active: new Set<string>(), changed: false, ended: false },
        ...{ since: 0, worked: 0, text: "", failure: undefined },
      };
      this.steps.set(at, made);
      return made;
    }
    return undefined;
  }
}

function violation(event: NonNullable<EngineEvent["policyEvent"]>): Message {
  const { policyName, enforcementLevel, resourceUrn, message } = event;
  const about = resourceUrn === undefined ? "" : ` (${nameOf(resourceUrn)})`;
  return {
    severity: enforcementLevel === "mandatory" ? "error" : "warning",
    text: `policy ${policyName}${about}: ${message.trim()}`,
  };
}

/** @returns whether it was worked on */
function leave(step: Step, urn: string, at: number): boolean {
  if (!step.active.delete(urn)) return false;
  if (step.active.size === 0) step.worked += Math.max(0, at - step.since);
  return true;
}

function cellOf({ active, changed, ended, since, worked: seconds, text, failure }: Step, over: boolean): Cell {
  if (active.size > 0) {
    return over ? { state: "failed", seconds, text: "broken off" } : { state: "running", since: since - seconds, text };
  }
  if (failure !== undefined) return { state: "failed", seconds, text: failure };
  if (!ended) return { state: "waiting" };
  return changed ? { state: "done", seconds } : { state: "kept" };
}

function archOf(name: string): string {
  return (IMAGE.exec(name) ?? BUILD.exec(name))?.[1] ?? name;
}

/** 0 for a build. */
function generationOf(name: string): number {
  return Number(IMAGE.exec(name)?.[2] ?? 0);
}

function keyOf(name: string): string {
  return IMAGE.exec(name)?.[3] ?? BUILD.exec(name)?.[2] ?? "";
}

/** By architecture; its build, then its places, the newest generation's first. */
function inOrder(a: Row, b: Row): number {
  const build = (row: Row): number => (row.place === undefined ? 0 : 1);
  return (
    compare(a.arch, b.arch) ||
    build(a) - build(b) ||
    generationOf(b.name) - generationOf(a.name) ||
    compare(a.place ?? "", b.place ?? "")
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
