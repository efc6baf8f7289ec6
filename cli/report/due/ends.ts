/** What others end: pauses, updates of a distribution, platforms, images that a cloud counts as deprecated. */
import { imagesOf, platformNamed } from "../../../infra/specs";
import { pauseEnd } from "../../../infra/temper";
import { pausedPlaces, placeText, type LedgerEntry } from "../../../model/plan";
import { DAY_MS } from "../../../model/plan/clock";
import { usersOf, type Facts } from "../facts";
import { listed } from "../format";
import type { Due } from "./item";

export function pauses({ schedule: { building } }: Facts): Due[] {
  if ("problem" in building.settings) return [];
  return pausedPlaces(building.settings).flatMap((pause) =>
    dated(pause.until, {
      kind: "pause",
      what: `${placeText(pause)} is paused until then: ${pause.reason}`,
      remedy: "take the pause away or give a later date: no run begins after it",
    }),
  );
}

/** As the distribution itself has put it into the image. */
export function supportEnds(facts: Facts): Due[] {
  const days = new Map<string, string[]>();
  for (const { id, images } of running(facts)) {
    const [first] = images.flatMap(({ key }) => facts.documents.get(key)?.supportEnd ?? []).sort();
    if (first !== undefined) days.set(first, [...(days.get(first) ?? []), id]);
  }
  return [...days].flatMap(([day, ids]) =>
    dated(day, {
      kind: "support",
      what: `the distribution in ${listed(ids)} has no updates after that day`,
      remedy: "build from a newer release",
    }),
  );
}

/** What platforms have said of the architectures that they are used for now. */
export function platformEnds({ outputs }: Facts): Due[] {
  const [current] = outputs.generations;
  const ends = (current?.images ?? []).flatMap(({ arch, key, places }) => {
    const worker = current?.disks[key]?.worker.platform ?? "";
    const platforms = [worker, ...places.map(({ spec }) => spec.platform)];
    return platforms.flatMap((name) => platformNamed(name)?.end(arch) ?? []);
  });
  const distinct = new Map(ends.map((end) => [end.what, end]));
  return [...distinct.values()].flatMap(({ day, ...end }) => dated(day, { kind: "platform", ...end }));
}

/** Of the disks of a generation the oldest decides. */
export function deprecations(facts: Facts): Due[] {
  const dates = running(facts).flatMap((entry) =>
    entry.images.flatMap(({ key, places }) =>
      places.flatMap(({ spec, target }) => {
        const days = imagesOf(spec).deprecatedAfterDays(spec);
        const builtAt = entry.disks[key]?.builtAt;
        if (days === undefined || builtAt === undefined) return [];
        return [{ what: `${entry.id} in ${target}`, at: Date.parse(builtAt) + days * DAY_MS }];
      }),
    ),
  );
  const earliest = new Map(dates.sort((a, b) => b.at - a.at).map(({ what, at }) => [what, new Date(at)]));
  return [...earliest].map(([what, at]) => ({
    ...{ kind: "deprecation", at, what: `images of ${what} count as deprecated` },
    remedy: "build another generation before: nobody who looks for images there finds these any more",
  }));
}

/** Generations that some stack uses now. */
function running(facts: Facts): readonly LedgerEntry[] {
  return facts.outputs.generations.filter((entry) => usersOf(entry, facts).length > 0);
}

/** @param until a day, to its end, or a time; nothing is due on what is neither */
function dated(until: string | undefined, due: Omit<Due, "at" | "day">): Due[] {
  const at = until === undefined ? undefined : pauseEnd(until);
  if (until === undefined || at === undefined) return [];
  return [{ ...due, at, ...(until.includes("T") ? {} : { day: until }) }];
}
