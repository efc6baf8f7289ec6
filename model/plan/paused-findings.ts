/** What can't be done as long as places are left alone, found before anything is made. */
import type { Finding } from "../../infra/platform";
import { isPaused, pauseText } from "./paused";
import type { ImagePlan, LedgerEntry, PausedPlace, PlacePlan, Plan } from "./types";

type Planned = Pick<Plan, "generations" | "paused" | "stranded">;

export function pausedFindings(planned: Planned, ledger: readonly LedgerEntry[]): Finding[] {
  return [...unplaced(planned), ...copiesOfPaused(planned, ledger)];
}

/** An image that nobody gets is not built, and a generation without its architecture would be another one. */
function unplaced({ generations: [current], stranded = [] }: Planned): Finding[] {
  return stranded.map((arch) => {
    const behind = (current?.behind ?? []).filter((one) => one.arch === arch);
    const places = behind.map((one) => `${one.place.id} is ${pauseText(one)}`);
    return {
      path: `architectures.${arch}.publish`,
      problem: `${current?.id ?? "the generation"} would have no image of ${arch} anywhere: ${places.join("; ")}`,
      remedy: "take the pause of one place away, publish it somewhere else too, or wait with what is to be built",
    };
  });
}

/** What is to be copied from a place that is not to be touched. */
function copiesOfPaused({ generations: [current], paused = [] }: Planned, ledger: readonly LedgerEntry[]): Finding[] {
  return (current?.images ?? []).flatMap((image) =>
    image.places.flatMap((place): Finding[] => {
      const source = image.places.find(({ id }) => id === place.copyOf);
      const pause = source && paused.find((one) => isPaused([one], source));
      if (source === undefined || pause === undefined || stands(ledger, image, place)) return [];
      return [copyFinding(image, place, source, pause)];
    }),
  );
}

function copyFinding(image: ImagePlan, place: PlacePlan, source: PlacePlan, pause: PausedPlace): Finding {
  return {
    path: `targets.${place.target}`,
    problem: `${image.name} in ${place.id} is copied from ${source.id}, which is ${pauseText(pause)}`,
    remedy: `pause ${place.id} too, or take that pause away; the next generation is copied from another place`,
  };
}

/** True of an image that was published, and that nothing makes again. */
function stands(ledger: readonly LedgerEntry[], image: ImagePlan, place: PlacePlan): boolean {
  return ledger.some((entry) =>
    entry.images
      .filter(({ name, key }) => name === image.name && key === image.key)
      .flatMap(({ places }) => places)
      .some(({ id, remade }) => id === place.id && entry.published[id] !== undefined && remade === place.remade),
  );
}
