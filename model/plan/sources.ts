/** Which places of an image are made from its disk, and which are copied from one of those. */
import { imagesOf, workersOf, type PlaceSpec, type WorkerSpec } from "../../infra/specs";
import type { Arch } from "../../infra/words";
import type { GenerationPlan, PlacePlan } from "./types";

/**
 * Among places that copy from each other (the regions of a cloud), one is made from the disk: the one where the same disk
 * is already, else the worker's own region, else the first. What is there stays, whatever becomes of worker and settings.
 *
 * @param workers which machine builds for an architecture
 * @param before generations that may have the same disks, the one that counts most first
 */
export function withSources(
  generation: GenerationPlan,
  workers: (arch: Arch) => WorkerSpec | undefined,
  before: readonly (GenerationPlan | undefined)[],
): GenerationPlan {
  const images = generation.images.map((image) => {
    const same = before.flatMap((old) => old?.images.find(({ key }) => key === image.key)?.places ?? []);
    return { ...image, places: linked(image.places, workers(image.arch), same) };
  });
  return { ...generation, images };
}

function linked(
  places: readonly PlacePlan[],
  worker: WorkerSpec | undefined,
  before: readonly PlacePlan[],
): PlacePlan[] {
  const sources = new Map<PlaceSpec["platform"], PlacePlan>();
  const near = worker && { platform: worker.platform, place: workersOf(worker).placeName(worker) };
  for (const place of places) {
    const { platform } = place.spec;
    const { copies, placeName } = imagesOf(place.spec);
    if (!copies || sources.has(platform)) continue;
    const rivals = places.filter(({ spec }) => spec.platform === platform);
    const known = before.find(({ id, copyOf }) => copyOf === undefined && rivals.some((rival) => rival.id === id));
    sources.set(
      platform,
      rivals.find(({ id }) => id === known?.id) ??
        rivals.find(({ spec }) => near?.platform === platform && placeName(spec) === near.place) ??
        place,
    );
  }
  // What a place of an earlier run was copied from may not be its source any more.
  return places.map(({ copyOf: _before, ...place }) => {
    const source = sources.get(place.spec.platform);
    return source === undefined || source.id === place.id ? place : { ...place, copyOf: source.id };
  });
}
