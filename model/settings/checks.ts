/** What no part of the settings can know by itself: names that must exist elsewhere, and what platforms can do. */
import {
  imagesOf,
  places,
  placeTakes,
  workersOf,
  type CapabilityTable,
  type TargetSettings,
  type WorkerSpec,
} from "../../infra/specs";
import { UnsupportedError, type Arch } from "../../infra/words";
import { outputPath } from "../plan/names";
import type { Selection } from "../plan/selection";
import { shown } from "./messages";
import type { Path, Report } from "./report";
import type { ArchitectureSettings } from "./types";

/** One machine that builds, as far as it could be read. */
export interface PartialWorker {
  readonly path: Path;
  readonly spec: WorkerSpec | undefined;
}

/** One architecture as far as it could be read. */
export interface PartialArchitecture {
  /** In the order in which they are tried. */
  readonly workers: readonly PartialWorker[];
  readonly publish: ArchitectureSettings["publish"] | undefined;
}

/** The targets as far as they could be read; undefined where one has mistakes of its own. */
export type PartialTargets = ReadonlyMap<string, TargetSettings | undefined>;

export function checkArchitecture(
  report: Report,
  arch: Arch,
  { workers, publish = [] }: PartialArchitecture,
  targets: PartialTargets,
  capabilities: CapabilityTable,
): void {
  const path: Path = ["architectures", arch];
  for (const { path: at, spec } of workers) {
    const able = (spec && capabilities[spec.platform]?.workers) ?? [];
    if (spec === undefined || able.includes(arch)) continue;
    const feature = able.length === 0 ? "workers yet" : `workers for ${arch}; it has them for ${able.join(", ")}`;
    report.add(at, new UnsupportedError(spec.platform, feature).message);
  }
  for (const [index, name] of publish.entries()) {
    const problem = publishProblem(name, publish.indexOf(name) < index, arch, targets, capabilities);
    if (problem !== undefined) report.add([...path, "publish", index], problem);
  }
}

function publishProblem(
  name: string,
  again: boolean,
  arch: Arch,
  targets: PartialTargets,
  capabilities: CapabilityTable,
): string | undefined {
  if (again) return `${shown(name)} is there twice; remove one`;
  if (!targets.has(name)) {
    const known = [...targets.keys()].join(", ");
    return `unknown target ${shown(name)}; ${known === "" ? "there are none yet, add it to targets" : `known: ${known}`}`;
  }
  const target = targets.get(name);
  if (target === undefined) return undefined;
  const images = capabilities[target.platform]?.images ?? [];
  if (!images.includes(arch)) {
    const feature = images.length === 0 ? "published images yet" : `published images for ${arch}`;
    return `target ${shown(name)}: ${new UnsupportedError(target.platform, feature).message}; remove it here`;
  }
  if (places(target).some((place) => placeTakes(place, arch))) return undefined;
  return `target ${shown(name)} has no place for ${arch}; add one, or remove it here`;
}

/** A filter that names what is not there would do nothing, and look as if it had done its work. */
export function checkOnly(report: Report, only: Selection, archs: readonly Arch[], targets: readonly string[]): void {
  const check = (key: keyof Selection, known: readonly string[]) => {
    for (const [index, name] of (only[key] ?? []).entries()) {
      if (known.includes(name)) continue;
      report.add(["only", key, index], `${shown(name)} is not in ${key}; known: ${known.join(", ") || "none"}`);
    }
  };
  check("architectures", archs);
  check("targets", targets);
}

/** Two places of one target must not write the same entry of the output, unless they hold the same id there. */
export function checkOutputs(report: Report, name: string, target: TargetSettings): void {
  const { sharesIds, output, path, placeName } = imagesOf(target);
  if (sharesIds) return;
  const seen = new Set<string>();
  for (const [index, place] of places(target).entries()) {
    // Any architecture will do: it stands last in the path of each place.
    const entry = outputPath(name, place, "x86_64").slice(0, -1).join(".");
    if (seen.has(entry)) {
      const what = output(place) === undefined ? "missing" : "taken";
      const text = `${what}: ${placeName(place)} and another region would both write images.${entry}; give each its own key`;
      report.add(["targets", name, ...path(index), "output"], text);
    }
    seen.add(entry);
  }
}

/** A volume that is too small would be found only when the worker is there. */
export function checkScratch(report: Report, { workers }: PartialArchitecture, needGib: number): void {
  for (const { path, spec } of workers) {
    const scratchGib = spec && workersOf(spec).scratchGib(spec);
    if (scratchGib === undefined || scratchGib > needGib) continue;
    report.add([...path, "scratchGib"], `must be more than disk.needGib (${needGib}), got ${scratchGib}`);
  }
}

/** The worker must outlive the time that its build may take. */
export function checkLifetime(report: Report, { workers }: PartialArchitecture, buildTimeoutMinutes: number): void {
  for (const { path, spec } of workers) {
    if (spec === undefined || spec.lifetimeMinutes >= buildTimeoutMinutes) continue;
    const text = `must be at least buildTimeoutMinutes (${buildTimeoutMinutes}), got ${spec.lifetimeMinutes}`;
    report.add([...path, "lifetimeMinutes"], text);
  }
}
