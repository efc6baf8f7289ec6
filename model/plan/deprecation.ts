/** A cloud takes no date of deprecation that has passed: images that would be given one are found before anything is made. */
import type { Finding } from "../../infra/platform";
import { imagesOf } from "../../infra/specs";
import { DAY_MS } from "./clock";
import type { GenerationPlan, ImagePlan, LedgerEntry, PlacePlan } from "./types";

export interface DeprecationInputs {
  /** Generations to declare, as they are in their places. */
  readonly generations: readonly GenerationPlan[];
  readonly ledger: readonly LedgerEntry[];
  readonly now: Date;
}

/** A run may take hours: the date must lie behind its end. */
const RUN_MS = DAY_MS / 2;

/** One for each target, with the days that would do. */
export function pastDeprecations({ generations, ledger, now }: DeprecationInputs): Finding[] {
  const past = generations
    .flatMap(({ images }) => images.flatMap((image) => image.places.map((place) => ({ image, place }))))
    .flatMap(({ image, place }) => {
      const days = deprecatedAfter(place);
      const builtAt = ledger.find(({ disks }) => disks[image.key] !== undefined)?.disks[image.key]?.builtAt;
      // A date that is there already may pass.
      if (days === undefined || builtAt === undefined || stands(ledger, image, place, days)) return [];
      const age = (now.getTime() + RUN_MS - Date.parse(builtAt)) / DAY_MS;
      return age < days ? [] : [{ what: `${image.name} in ${place.id}`, target: place.target, builtAt, days, age }];
    });
  return [...new Set(past.map(({ target }) => target))].map((target): Finding => {
    const own = past.filter((one) => one.target === target).sort((a, b) => b.age - a.age);
    const [{ what, builtAt, days, age }, ...more] = own as [(typeof own)[number], ...typeof own];
    const others = more.length === 0 ? "" : ` (${more.length} more like it)`;
    return {
      path: `targets.${target}.deprecateAfterDays`,
      problem: `${what} was built at ${builtAt}: ${days} days later is past, or will be while this runs${others}, and no such date is taken`,
      remedy: `give at least ${Math.floor(age) + 1}, or leave it out until a newer generation stands instead`,
    };
  });
}

function deprecatedAfter({ spec }: PlacePlan): number | undefined {
  return imagesOf(spec).deprecatedAfterDays(spec);
}

/** True if the image has this very date, and nothing makes it again. */
function stands(ledger: readonly LedgerEntry[], image: ImagePlan, place: PlacePlan, days: number): boolean {
  return ledger.some((entry) =>
    entry.images
      .filter(({ name, key }) => name === image.name && key === image.key)
      .flatMap(({ places }) => places)
      .some(
        (before) =>
          (before.id === place.id || (before.identity !== undefined && before.identity === place.identity)) &&
          entry.published[before.id] !== undefined &&
          before.remade === place.remade &&
          deprecatedAfter(before) === days,
      ),
  );
}
