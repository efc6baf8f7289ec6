/** What is missing in places that may not hold up a run. */
import type { Finding } from "../infra/platform";
import { places, imagesOf, placeAddress } from "../infra/specs";
import { bestEffortPlaces, pausedPlaces, pauseText, placeText } from "../model/plan";
import { pathText, type BuildSettings } from "../model/settings";

type Tempered = Pick<BuildSettings, "targets" | "tempers">;

export interface ByTemper {
  /** What a run waits for. */
  readonly needed: readonly Finding[];
  /** What best-effort places lack, of which a run goes on without: why, by address. */
  readonly spared: ReadonlyMap<string, string>;
}

/** Only what is said of the very place spares it: what is said of its target holds for others too. */
export function byTemper(findings: readonly Finding[], settings: Tempered): ByTemper {
  const free = bestEffortPlaces(settings);
  const paths = Object.entries(settings.targets).flatMap(([target, its]) =>
    places(its).map((spec, index) => ({
      address: placeAddress(spec),
      path: pathText(["targets", target, ...imagesOf(spec).path(index)]),
    })),
  );
  const spared = new Map<string, string>();
  const needed = findings.filter(({ path, problem }) => {
    const place = paths.find((one) => free.has(one.address) && isAtOrIn(path, one.path));
    if (place === undefined) return true;
    spared.set(place.address, [spared.get(place.address), problem].filter(Boolean).join("; "));
    return false;
  });
  return { needed, spared };
}

/** Places that nobody asks, for whoever wants to know what is missing. */
export function pausedNotes(settings: Tempered): Finding[] {
  return pausedPlaces(settings).map((one) => ({
    path: pathText(one.path),
    problem: `${placeText(one)} is ${pauseText(one)}`,
    remedy: "nobody asks there, and nothing is published there, until `paused` is taken away",
    note: true,
  }));
}

function isAtOrIn(path: string, above: string): boolean {
  return path === above || path.startsWith(`${above}.`) || path.startsWith(`${above}[`);
}
