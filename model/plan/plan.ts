/** The plan: a pure function of settings, what the sources are now, the ledger and the clock. */
import { formOf, places, placeTakes } from "../../infra/specs";
import { ARCHITECTURES, type Arch } from "../../infra/words";
import type { BuildSettings } from "../settings/types";
import { buildKey } from "./build-key";
import { DAY_MS } from "./clock";
import { generationId, imageName, outputPath, placeId } from "./names";
import {
  downPlaces,
  isInPaused,
  isPaused,
  pausedPlaces,
  stillBehind,
  stranded,
  withoutPaused,
  type Unreached,
} from "./paused";
import { withSources } from "./sources";
import { archReasons, identityReasons } from "./reasons";
import { select } from "./selection";
import {
  PLAN_VERSION,
  type BuildPlan,
  type FormPlan,
  type GenerationPlan,
  type Identity,
  type ImagePlan,
  type LedgerEntry,
  type PausedPlace,
  type PlacePlan,
  type Plan,
} from "./types";

/** The part of the settings that a plan depends on. */
export type PlanSettings = Pick<
  BuildSettings,
  "architectures" | "targets" | "tempers" | "bootCheck" | "keepGenerations" | "rebuildAfterDays" | "only"
>;

export interface PlanInputs {
  readonly settings: PlanSettings;
  readonly identity: Identity;
  /** Generations that succeeded, in any order. */
  readonly ledger: readonly LedgerEntry[];
  readonly now: Date;
  /** Ids of generations that somebody else uses: they are kept, whatever `keepGenerations` says. */
  readonly inUse?: readonly string[];
  /** What an earlier run for some architectures or targets made of a generation that is not complete yet. */
  readonly unfinished?: LedgerEntry;
  /** Why places can't be reached, by their address. @default all are reached */
  readonly unreached?: Unreached;
  /** Why images have to be built again though nothing changed, as a reason for people; absent if they need not. */
  readonly rebuild?: string;
}

export function plan({
  settings,
  identity,
  ledger,
  now,
  inUse = [],
  unfinished,
  unreached,
  rebuild,
}: PlanInputs): Plan {
  const known = [...ledger].sort((a, b) => b.number - a.number);
  const newest = known[0];

  const due = newest === undefined ? undefined : refreshDue(settings, newest);
  const overdue = due !== undefined && now.getTime() >= due.getTime();
  const refresh = (newest?.refresh ?? 0) + (overdue || rebuild !== undefined ? 1 : 0);

  const wanted = (number: number) => generation(settings, identity, number, refresh);
  const changed = newest === undefined || !sameKeys(newest, wanted(newest.number));
  const whole = wanted(newest === undefined ? 1 : newest.number + (changed ? 1 : 0));
  const there = changed ? unfinished : newest;
  const paused = pausedPlaces(settings, unreached);
  const active = withoutPaused(whole, paused, there, known);
  const down = downPlaces(settings, unreached);
  const { generation: selected, missing } = select(active, settings.only, (place) => isPaused(down, place), there);
  const current = withSources(selected, (arch) => settings.architectures[arch]?.worker, [there, newest]);

  const older = changed ? known : known.slice(1);
  // What is to go goes once its successor is complete.
  const complete = missing.length === 0;
  const kept = complete ? staying(older, settings, { inUse, paused }) : older;
  const generations = [current, ...kept.map((entry) => withoutOutcome(entry, kept))];
  const noPlace = stranded(active).filter((arch) => settings.only.architectures?.includes(arch) ?? true);

  return {
    action: changed ? "new" : "unchanged",
    reasons: changed ? [...reasons(settings, newest, whole, overdue), ...(rebuild === undefined ? [] : [rebuild])] : [],
    generations,
    missing,
    ...(down.length > 0 && { down }),
    ...(paused.length > 0 && { paused }),
    ...(noPlace.length > 0 && { stranded: noPlace }),
    builds: distinctBuilds(generations),
    removed: older.filter((entry) => !kept.includes(entry)).map((entry) => entry.id),
    // A new generation starts the time anew, from the moment it is built.
    ...(due === undefined || changed ? {} : { nextRefresh: due }),
  };
}

/** Older generations that are not deleted beside the first one. @param older newest first */
export function staying(
  older: readonly LedgerEntry[],
  { keepGenerations }: Pick<PlanSettings, "keepGenerations">,
  { inUse, paused }: { readonly inUse: readonly string[]; readonly paused: readonly PausedPlace[] },
): readonly LedgerEntry[] {
  return older.filter(
    (entry, index) => index < keepGenerations - 1 || inUse.includes(entry.id) || isInPaused(entry, paused),
  );
}

/** When time alone makes another generation; undefined: never. */
export function refreshDue(
  { rebuildAfterDays }: Pick<PlanSettings, "rebuildAfterDays">,
  newest: LedgerEntry,
): Date | undefined {
  if (rebuildAfterDays === undefined) return undefined;
  return new Date(Date.parse(newest.builtAt) + rebuildAfterDays * DAY_MS);
}

function generation(settings: PlanSettings, identity: Identity, number: number, refresh: number): GenerationPlan {
  return {
    version: PLAN_VERSION,
    id: generationId(number),
    number,
    identity,
    refresh,
    images: wantedArchs(settings).map((arch) => {
      const key = buildKey({ identity, arch, refresh });
      return {
        arch,
        key,
        name: imageName(arch, number, key),
        places: placePlans(settings, arch),
        boot: settings.bootCheck,
      };
    }),
  };
}

/** In the order of the design, so that the order of the settings file changes nothing. */
function wantedArchs({ architectures }: PlanSettings): Arch[] {
  return ARCHITECTURES.filter((arch) => architectures[arch] !== undefined);
}

function placePlans({ architectures, targets }: PlanSettings, arch: Arch): PlacePlan[] {
  return (architectures[arch]?.publish ?? []).flatMap((target) => {
    const settings = targets[target];
    if (settings === undefined) throw new Error(`target "${target}" of ${arch} is not in the settings`);
    return places(settings)
      .filter((spec) => placeTakes(spec, arch))
      .map((spec) => ({ target, id: placeId(target, spec, arch), outputPath: outputPath(target, spec, arch), spec }));
  });
}

function sameKeys(a: GenerationPlan, b: GenerationPlan): boolean {
  const keys = ({ images }: GenerationPlan) =>
    images
      .map(({ arch, key }) => `${arch} ${key}`)
      .sort()
      .join();
  return keys(a) === keys(b);
}

function reasons(
  { rebuildAfterDays }: PlanSettings,
  newest: LedgerEntry | undefined,
  current: GenerationPlan,
  overdue: boolean,
): string[] {
  if (newest === undefined) return ["first generation"];
  const archs = ({ images }: GenerationPlan): Arch[] => images.map(({ arch }) => arch);
  return [
    ...identityReasons(newest.identity, current.identity),
    ...archReasons(archs(newest), archs(current)),
    ...(overdue ? [`${rebuildAfterDays} ${rebuildAfterDays === 1 ? "day" : "days"} since ${newest.id}`] : []),
  ];
}

/** Keys are unique by architecture already: the architecture is in the key. Newer generations say what a form is like. */
export function distinctBuilds(generations: readonly GenerationPlan[]): BuildPlan[] {
  const builds = new Map<string, { readonly arch: Arch; readonly forms: Map<string, FormPlan> }>();
  for (const { arch, key, places } of generations.flatMap(({ images }): readonly ImagePlan[] => images)) {
    const build = builds.get(key) ?? { arch, forms: new Map<string, FormPlan>() };
    builds.set(key, build);
    for (const { spec, copyOf, remade } of places) {
      const form = copyOf === undefined ? formOf(spec) : undefined;
      if (form === undefined || build.forms.has(form.id)) continue;
      build.forms.set(form.id, { ...form, ...(remade === undefined ? {} : { again: remade }) });
    }
  }
  return [...builds].map(([key, { arch, forms }]) => ({ arch, key, forms: [...forms.values()] }));
}

function withoutOutcome(entry: LedgerEntry, kept: readonly LedgerEntry[]): GenerationPlan {
  const { version, id, number, identity, refresh, images } = entry;
  return { version, id, number, identity, refresh, images, ...stillBehind(entry, kept) };
}
