/** What ends or must be done, and when: as settings, ledgers, disks and platforms say themselves. Pure. */
import type { Facts } from "../facts";
import { deprecations, pauses, platformEnds, supportEnds } from "./ends";
import { deletions, promotions, rebuilds } from "./generations";
import type { Due } from "./item";

/** The first to come first, those without a date last. */
export function dues(facts: Facts): readonly Due[] {
  const all = [pauses, rebuilds, promotions, supportEnds, platformEnds, deprecations, deletions];
  const time = ({ at }: Due): number => at?.getTime() ?? Number.MAX_SAFE_INTEGER;
  return all.flatMap((find) => find(facts)).sort((a, b) => time(a) - time(b));
}

/** Why some of it can't be told. */
export function unknownDues({ schedule: { building, promoting } }: Facts): readonly string[] {
  const asked = [
    ...[building.generations, building.settings],
    ...promoting.flatMap(({ used, settings }) => [used, settings]),
  ];
  return [...new Set(asked.flatMap((one) => ("problem" in one ? one.problem : [])))];
}
