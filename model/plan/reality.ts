/**
 * The plan against what there is: which place is which, whose images are in the way, which of ours are lost. A pure function
 * of the plan, the ledger and one look at every place.
 */
import type { Finding, PlaceView, SeenImage } from "../../infra/platform";
import { placeAddress } from "../../infra/specs";
import { isPaused } from "./paused";
import type { GenerationPlan, ImagePlan, LedgerEntry, PausedPlace, PlacePlan } from "./types";

/** Each place as it is, by its address, or why it could not be looked at. */
export type Views = ReadonlyMap<string, PlaceView | Error>;

export interface RealityInputs {
  /** Generations to declare, newest first. */
  readonly generations: readonly GenerationPlan[];
  /** What succeeded before, and what an earlier run for some places left unfinished. */
  readonly ledger: readonly LedgerEntry[];
  readonly views: Views;
  /** Places that nobody looked at: what the ledger has there is there. @default none */
  readonly paused?: readonly PausedPlace[];
  /** Of this stack; undefined before its first run, when nothing can be its own. */
  readonly identity: string | undefined;
  /** Build keys whose disk is in the store no more. */
  readonly goneDisks: ReadonlySet<string>;
  /** The state was lost, and a person has named the identity: what is there is taken over as it is. */
  readonly takesOver: boolean;
  /** Text that was never given before: marks what is made again in this run. */
  readonly token: string;
}

export interface Unseen {
  readonly place: PlacePlan;
  /** What the place, or whoever asked it, said. */
  readonly reason: string;
  /** The same as a sentence, with the image. */
  readonly why: string;
}

export interface Reality {
  /** The same generations: their places with what they are, and marked where an image is made again. */
  readonly generations: readonly GenerationPlan[];
  /** Names that the version before gave to resources, by `IMAGE PLACEID`. */
  readonly formerNames: ReadonlyMap<string, string>;
  /** Ids of images of ours that are there and whole, by `IMAGE PLACEID`; also those that no state knows of. */
  readonly there: ReadonlyMap<string, string>;
  /** What stands in the way: to be cleared by a person before anything is made. */
  readonly findings: readonly Finding[];
  /** What people want to know. */
  readonly notes: readonly string[];
  /** Places that could not be looked at and that nobody has looked at before: which place they are is not known. */
  readonly unseen: readonly Unseen[];
  /** Why the newest generation has to be built again; absent if it need not. */
  readonly rebuild?: string;
}

export function compareWithReality(inputs: RealityInputs): Reality {
  const findings: Finding[] = [];
  const notes: string[] = [];
  const rebuilds: string[] = [];
  const unseen: Unseen[] = [];
  const formerNames = new Map<string, string>();
  const there = new Map<string, string>();
  const generations = respelled(inputs).map((generation, index) => ({
    ...generation,
    images: generation.images.flatMap((image) => {
      const places = image.places.flatMap((place): PlacePlan[] => {
        const known = ledgerPlace(inputs, image, place);
        const looked = lookAt(inputs, image, place, known);
        findings.push(...looked.findings);
        notes.push(...looked.notes);
        const assumed = isPaused(inputs.paused ?? [], place) ? known?.imageId : undefined;
        const found = looked.there ?? assumed;
        if (found !== undefined) there.set(formerKey(image, place), found);
        if (looked.unseen !== undefined && known?.imageId === undefined) unseen.push({ place, ...looked.unseen });
        if (known !== undefined && known.place.identity === undefined)
          formerNames.set(formerKey(image, place), resourceName(image, known.place));
        const missing = looked.made === "lost" || known === undefined;
        const needsDisk = missing && inputs.goneDisks.has(image.key);
        if (needsDisk && index === 0) {
          rebuilds.push(
            looked.made === "lost" ? `${image.name} in ${place.id} is lost` : `${place.id} is new for ${image.name}`,
          );
        }
        if (needsDisk && index > 0) {
          notes.push(`${image.name} in ${place.id} is lost for good: its disk is not in the store any more`);
          return [];
        }
        return [{ ...place, ...looked.place }];
      });
      return places.length === 0 ? [] : [{ ...image, places }];
    }),
  }));
  const kept = generations.filter(({ images }, index) => index === 0 || images.length > 0);
  findings.push(...samePlaces(kept));
  return {
    generations: kept,
    formerNames,
    there,
    findings,
    notes,
    unseen,
    ...(rebuilds.length === 0 ? {} : { rebuild: `${rebuilds.join(", ")}, and the disk is gone from the store` }),
  };
}

/**
 * Older generations in the words of today: where a place of theirs is one of the newest generation's, that says how it is
 * reached now.
 */
function respelled(inputs: RealityInputs): readonly GenerationPlan[] {
  const { generations, views } = inputs;
  const today = new Map(
    (generations[0]?.images ?? [])
      .flatMap(({ places }) => places)
      .flatMap(({ spec }) => {
        const view = views.get(placeAddress(spec));
        return view === undefined || view instanceof Error ? [] : [[view.identity, spec] as const];
      }),
  );
  return generations.map((generation, index) => {
    if (index === 0) return generation;
    const images = generation.images.map((image) => ({
      ...image,
      places: image.places.map((place) => {
        const identity = ledgerPlace(inputs, image, place)?.place.identity;
        const spec = identity === undefined ? undefined : today.get(identity);
        return spec === undefined ? place : { ...place, spec };
      }),
    }));
    return { ...generation, images };
  });
}

/** Name of the resource that an image is in a place: by what the place is, so that another word for it changes nothing. */
export function resourceName(image: Pick<ImagePlan, "name">, place: PlacePlan): string {
  return `${image.name}.${place.identity ?? place.id.replaceAll("/", ".")}`;
}

export function formerKey(image: Pick<ImagePlan, "name">, place: PlacePlan): string {
  return `${image.name} ${place.id}`;
}

interface Known {
  readonly place: PlacePlan;
  /** What the place called the image; undefined if it was never published. */
  readonly imageId: string | undefined;
}

/** The same image in the same place as the ledger has it, whatever target and place were called then. */
function ledgerPlace({ ledger, views }: RealityInputs, image: ImagePlan, place: PlacePlan): Known | undefined {
  const address = placeAddress(place.spec);
  const view = views.get(address);
  const identity = view === undefined || view instanceof Error ? undefined : view.identity;
  for (const entry of ledger) {
    const places = entry.images.find(({ name, key }) => name === image.name && key === image.key)?.places ?? [];
    // What is known to be another place is not this one, whatever it is called.
    const alike = places.filter((other) => identity === undefined || (other.identity ?? identity) === identity);
    const same =
      alike.find((other) => identity !== undefined && other.identity === identity) ??
      alike.find(({ spec }) => placeAddress(spec) === address) ??
      alike.find(({ id }) => id === place.id);
    if (same !== undefined) return { place: same, imageId: entry.published[same.id] };
  }
  return undefined;
}

interface Looked {
  /** What the plan of the place gets to know. */
  readonly place: Pick<PlacePlan, "identity" | "remade" | "takenOver">;
  readonly made: "there" | "lost" | "unknown";
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
  /** Id of an image that is there and whole. */
  readonly there?: string;
  /** Why it could not be looked at. */
  readonly unseen?: Omit<Unseen, "place">;
}

function lookAt(inputs: RealityInputs, image: ImagePlan, place: PlacePlan, known?: Known): Looked {
  const { views, identity, token, takesOver } = inputs;
  const view = views.get(placeAddress(place.spec));
  const { remade: before, takenOver } = known?.place ?? {};
  const as = { ...(before === undefined ? {} : { remade: before }), ...(takenOver && { takenOver }) };
  if (view === undefined || view instanceof Error) {
    const remembered = known?.place.identity === undefined ? {} : { identity: known.place.identity };
    const blind = { place: { ...remembered, ...as }, made: "unknown", findings: [] } as const;
    if (view === undefined) return { ...blind, notes: [] };
    const why = `can't look whether ${image.name} is in ${place.id}: ${view.message}`;
    return { ...blind, notes: [why], unseen: { reason: view.message, why } };
  }
  const here = { identity: view.identity };
  const there = view.images.filter(({ name }) => name === image.name);
  const ours = there.find((seen) => isOurs(seen, identity, known));
  const stranger = there.find((seen) => !isOurs(seen, identity, known));
  if (stranger !== undefined) {
    return { place: { ...here, ...as }, made: "unknown", findings: [inTheWay(image, place, stranger)], notes: [] };
  }
  const published = known?.imageId !== undefined;
  if (ours === undefined && published) {
    const notes = [`${image.name} is lost in ${place.id}, where ${known.imageId} was: it is made again`];
    return { place: { ...here, remade: token }, made: "lost", findings: [], notes };
  }
  if (ours !== undefined && !ours.whole) {
    const notes = [`${image.name} in ${place.id} was left half made by a killed run: it is made again`];
    return { place: { ...here, remade: token }, made: "there", findings: [], notes };
  }
  if (ours === undefined) return { place: { ...here, ...as }, made: "unknown", findings: [], notes: [] };
  const taken = takesOver ? { takenOver: true as const } : {};
  const notes = ours.lacks === undefined ? [] : [`${image.name} in ${place.id} ${ours.lacks}`];
  return { place: { ...here, ...as, ...taken }, made: "there", findings: [], notes, there: ours.imageId };
}

/** The version before marked nothing: what the ledger of that version has, and nobody has marked since, is ours. */
function isOurs({ owner }: SeenImage, identity: string | undefined, known: Known | undefined): boolean {
  if (owner !== undefined) return owner === identity;
  return known?.imageId !== undefined && known.place.identity === undefined;
}

function inTheWay(image: ImagePlan, place: PlacePlan, { owner, imageId }: SeenImage): Finding {
  const whose =
    owner === undefined
      ? "bears no mark of this stack: it was made, replaced or changed by somebody else"
      : `belongs to the stack with the identity ${owner}`;
  return {
    path: `targets.${place.target}`,
    problem: `${place.id} has an image ${image.name} already (${imageId}), which ${whose}`,
    remedy: "rename or delete it if nobody needs it, or publish somewhere else; it is left alone here",
  };
}

/** One place that the settings have under two names would be published to twice. */
function samePlaces(generations: readonly GenerationPlan[]): Finding[] {
  return (generations[0]?.images ?? []).flatMap(({ places }) =>
    places.flatMap((place, index): Finding[] => {
      const first = places.findIndex(({ identity }) => identity !== undefined && identity === place.identity);
      if (first === -1 || first === index) return [];
      return [
        {
          path: `targets.${place.target}`,
          problem: `${place.id} is the same place as ${places[first]?.id ?? ""}, in other words`,
          remedy: "name it once",
        },
      ];
    }),
  );
}
