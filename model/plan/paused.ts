/**
 * Places that a run leaves alone, because they are paused or, best-effort, were not reached: a generation is whole without
 * them. What they have of an older one stays there, and in the outputs, until they have caught up.
 */
import { imagesOf, placeAddress, places, type PlaceSpec } from "../../infra/specs";
import { ARCHITECTURES, type Arch } from "../../infra/words";
import type { BuildSettings } from "../settings/types";
import type {
  GenerationPlan,
  ImagePlan,
  LedgerEntry,
  OlderImage,
  PausedPlace,
  PlaceBehind,
  PlacePlan,
  Plan,
} from "./types";

/** Why places can't be reached in this run, by their address. */
export type Unreached = ReadonlyMap<string, string>;

type Tempered = Pick<BuildSettings, "targets" | "tempers">;

export function pausedPlaces(settings: Tempered, unreached: Unreached = new Map()): readonly PausedPlace[] {
  return temperedPlaces(settings).flatMap(({ temper, ...place }): PausedPlace[] => {
    if (temper.paused !== undefined) return [{ ...place, ...temper.paused }];
    const reason = temper.bestEffort === true ? unreached.get(placeAddress(place.spec)) : undefined;
    return reason === undefined ? [] : [{ ...place, reason }];
  });
}

/** Places that the run does without, though the generation waits for them: neither paused nor best-effort. */
export function downPlaces(settings: Tempered, unreached: Unreached = new Map()): readonly PausedPlace[] {
  if (unreached.size === 0) return [];
  return allPlaces(settings).flatMap(({ temper, ...place }): PausedPlace[] => {
    const reason = unreached.get(placeAddress(place.spec));
    const isWaitedFor = temper.paused === undefined && temper.bestEffort !== true;
    return reason !== undefined && isWaitedFor ? [{ ...place, reason }] : [];
  });
}

/** Addresses of places that are best-effort and not paused. */
export function bestEffortPlaces(settings: Tempered): ReadonlySet<string> {
  const free = temperedPlaces(settings).filter(
    ({ temper }) => temper.bestEffort === true && temper.paused === undefined,
  );
  return new Set(free.map(({ spec }) => placeAddress(spec)));
}

const temperedPlaces = (settings: Tempered) =>
  allPlaces(settings).filter(({ temper }) => Object.keys(temper).length > 0);

function allPlaces({ targets, tempers = {} }: Tempered) {
  return Object.entries(targets).flatMap(([target, settings]) =>
    places(settings).map((spec, index) => ({
      ...{ target, spec, path: ["targets", target, ...imagesOf(spec).path(index)] },
      temper: tempers[target]?.[index] ?? {},
    })),
  );
}

/** True of a place that is left alone, whatever it was called when it was published to. */
export function isPaused(paused: readonly PausedPlace[], place: PlacePlan): boolean {
  return pauseOf(paused, place) !== undefined;
}

function pauseOf(paused: readonly PausedPlace[], place: PlacePlan): PausedPlace | undefined {
  return paused.find((one) => isIn(place, one));
}

function isIn({ target, spec }: PlacePlan, pause: Pick<PausedPlace, "target" | "spec">): boolean {
  const isCalledSo = target === pause.target && nameOf(spec) === nameOf(pause.spec);
  return isCalledSo || placeAddress(spec) === placeAddress(pause.spec);
}

function nameOf(spec: PlaceSpec): string {
  return imagesOf(spec).placeName(spec);
}

/**
 * The generation without its paused places. One that has its image already keeps it, as it was published: nothing is changed
 * there.
 *
 * @param there what is there of it
 * @param ledger newest first
 */
export function withoutPaused(
  wanted: GenerationPlan,
  paused: readonly PausedPlace[],
  there: LedgerEntry | undefined,
  ledger: readonly LedgerEntry[],
): GenerationPlan {
  const behind: PlaceBehind[] = [];
  const images = wanted.images.map((image) => ({
    ...image,
    places: image.places.flatMap((place): PlacePlan[] => {
      const pause = pauseOf(paused, place);
      if (pause === undefined) return [place];
      const own = there?.images.find(({ arch, key }) => arch === image.arch && key === image.key);
      const before = own?.places.find((one) => isIn(one, place) && there?.published[one.id] !== undefined);
      if (before !== undefined) {
        const { id, target, outputPath } = place;
        return [{ ...before, id, target, outputPath }];
      }
      const { until, reason } = pause;
      const older = olderImage(ledger, image, place);
      behind.push({
        ...{ arch: image.arch, place, reason },
        ...(until !== undefined && { until }),
        ...(older !== undefined && { older }),
      });
      return [];
    }),
  }));
  return { ...wanted, images, ...(behind.length > 0 && { behind: apart(behind, images) }) };
}

/** An entry of the outputs that several places share names one image: who has another one has an entry of its own beside. */
function apart(behind: readonly PlaceBehind[], images: readonly ImagePlan[]): readonly PlaceBehind[] {
  // By entry, whose it is: those of this generation are of no older one.
  const owners = new Map<string, string>(
    images.flatMap(({ places }) => places.map(({ outputPath }) => [outputPath.join("."), ""] as const)),
  );
  return [...behind].sort(youngestFirst).map((one) => {
    const { place, older } = one;
    if (older === undefined) return one;
    const entry = place.outputPath.join(".");
    const owner = owners.get(entry) ?? older.imageId;
    owners.set(entry, owner);
    return owner === older.imageId ? one : { ...one, place: { ...place, outputPath: ownPath(place) } };
  });
}

/** `["hypervisor", "vmhost-02", "x86_64"]` */
function ownPath({ outputPath, spec }: PlacePlan): string[] {
  const name = nameOf(spec);
  const isArch = ARCHITECTURES.some((arch) => arch === name);
  return [...outputPath.slice(0, -1), isArch ? `${name}-host` : name, ...outputPath.slice(-1)];
}

/** Architectures that have no place left. */
export function stranded({ images }: GenerationPlan): readonly Arch[] {
  return images.filter(({ places }) => places.length === 0).map(({ arch }) => arch);
}

function olderImage(ledger: readonly LedgerEntry[], { arch }: ImagePlan, place: PlacePlan): OlderImage | undefined {
  for (const { id: generation, images, published } of ledger) {
    for (const image of images.filter((one) => one.arch === arch)) {
      const at = image.places.find((one) => isIn(one, place) && published[one.id] !== undefined);
      const imageId = at && published[at.id];
      if (at !== undefined && imageId !== undefined) return { generation, imageId, publishedIn: at.id };
    }
  }
  return undefined;
}

function youngestFirst(a: PlaceBehind, b: PlaceBehind): number {
  const number = ({ older }: PlaceBehind): number => Number(older?.generation.slice(1) ?? 0);
  return number(b) - number(a);
}

/** True of a generation that has an image in a paused place: nobody can delete it there, and it may be the one in use. */
export function isInPaused({ images, published }: LedgerEntry, paused: readonly PausedPlace[]): boolean {
  const there = images.flatMap((image) => image.places).filter(({ id }) => published[id] !== undefined);
  return there.some((place) => isPaused(paused, place));
}

/** What an older generation says of places that were behind, as far as the images are there still. */
export function stillBehind({ behind = [] }: LedgerEntry, kept: readonly LedgerEntry[]): Pick<LedgerEntry, "behind"> {
  const there = behind.filter(({ older }) => older === undefined || kept.some(({ id }) => id === older.generation));
  return there.length === 0 ? {} : { behind: there };
}

/** `paused until 2026-12-05: its disks are replaced` */
export function pauseText({ until, reason }: Pick<PlaceBehind, "until" | "reason">): string {
  return until === undefined ? `best-effort, and not reached: ${reason}` : `paused until ${until}: ${reason}`;
}

/** What each place that is left alone has meanwhile, a sentence each. */
export function pausedTexts({ paused = [], generations: [current] }: Pick<Plan, "paused" | "generations">): string[] {
  const generation = current?.id ?? "no generation";
  return paused.flatMap((pause) => {
    const behind = (current?.behind ?? []).filter(({ place }) => isIn(place, pause));
    if (behind.length > 0) return behind.map((one) => `${one.arch} in ${behindText(one, generation)}`);
    const isThere = current?.images.some((image) => image.places.some((place) => isIn(place, pause))) === true;
    const has = isThere ? `it has ${generation}, and is left alone` : "it is left alone";
    return [`${placeText(pause)} is ${pauseText(pause)}; ${has}`];
  });
}

/** `hypervisor/vmhost-02 is not reached; g2 gets everywhere else, and waits for it: no route to host` */
export function downText(down: PausedPlace, generation: string): string {
  return `${placeText(down)} is not reached; ${generation} gets everywhere else, and waits for it: ${down.reason}`;
}

/** `hypervisor/vmhost-02` */
export function placeText({ target, spec }: Pick<PausedPlace, "target" | "spec">): string {
  return `${target}/${nameOf(spec)}`;
}

/** `hypervisor/vmhost-02 is paused until 2026-12-05: its disks are replaced; it keeps copr-... of g1, and g2 is whole without it` */
export function behindText({ place, older, ...pause }: PlaceBehind, generation: string): string {
  const has = older === undefined ? "it has no image yet" : `it keeps ${older.imageId} of ${older.generation}`;
  return `${place.id} is ${pauseText(pause)}; ${has}, and ${generation} is whole without it`;
}
