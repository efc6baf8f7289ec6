/** A run for some architectures, targets or places only: what it does of a generation, and what it must not touch. */
import type { Arch } from "../../infra/words";
import type { GenerationPlan, ImagePlan, LedgerEntry, PlacePlan } from "./types";

/** What a run is to do; absent means all. */
export interface Selection {
  readonly architectures?: readonly Arch[];
  readonly targets?: readonly string[];
}

/** A generation as far as this run declares it. */
export interface Selected {
  readonly generation: GenerationPlan;
  /** `ARCH in PLACE` of what the settings want and this run leaves out. */
  readonly missing: readonly string[];
}

/**
 * @param wanted the generation that the settings want, whole
 * @param isDown true of a place that is left out, whatever is selected
 * @param there what is there of it, as the ledger or the output `unfinished` has it: it stays, whatever is selected
 */
export function select(
  wanted: GenerationPlan,
  { architectures, targets }: Selection,
  isDown: (place: PlacePlan) => boolean,
  there: LedgerEntry | undefined,
): Selected {
  const missing: string[] = [];
  const images = wanted.images.flatMap((image): ImagePlan[] => {
    const before = there?.images.find(({ arch, key }) => arch === image.arch && key === image.key);
    const isSelected = (place: PlacePlan): boolean =>
      (architectures?.includes(image.arch) ?? true) && (targets?.includes(place.target) ?? true) && !isDown(place);
    const places = image.places.flatMap((place): PlacePlan[] => {
      if (isSelected(place)) return [place];
      const kept = before?.places.find(({ id }) => id === place.id);
      if (kept === undefined) missing.push(`${image.arch} in ${place.id}`);
      // Its settings may have changed since: that is for a run that selects it.
      return kept === undefined ? [] : [kept];
    });
    const wantedIds = image.places.map(({ id }) => id);
    const given = (before?.places ?? []).filter((place) => !wantedIds.includes(place.id) && !isSelected(place));
    const all = [...places, ...given];
    return all.length === 0 ? [] : [{ ...image, places: all }];
  });
  return { generation: { ...wanted, images }, missing };
}
