import { describe, expect, it } from "vitest";
import type { Arch } from "../../infra/words";
import { changed, ledgerAfter, NOW, settings } from "./fixtures";
import { plan, type PlanInputs } from "./plan";
import type { LedgerEntry } from "./types";

describe("over any history", () => {
  // A small generator with a seed: a failure can be repeated.
  function random(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
  }

  const publishes: readonly Partial<Record<Arch, readonly string[]>>[] = [
    { x86_64: ["hypervisor"] },
    { x86_64: ["hypervisor", "aws"] },
    { x86_64: ["aws"], aarch64: ["aws"] },
    { s390x: ["ibm_cloud"], ppc64le: ["osuosl", "hypervisor"] },
  ];

  it.each(Array.from({ length: 40 }, (_, seed) => seed))("keeps its promises (seed %i)", (seed) => {
    const pick = random(seed + 1);
    let ledger: LedgerEntry[] = [];
    let now = NOW.getTime();
    for (let step = 0; step < 12; step++) {
      now += pick(20 * 24) * 3_600_000;
      const keepGenerations = 1 + pick(4);
      const days = pick(2) === 0 ? {} : { rebuildAfterDays: 7 + pick(10) };
      const inputs: PlanInputs = {
        settings: settings(publishes[pick(publishes.length)], {
          keepGenerations,
          targets: settings().targets,
          ...days,
        }),
        identity: changed("0123"[pick(4)] ?? "0"),
        ledger: [...ledger].sort(() => pick(3) - 1),
        now: new Date(now),
      };
      const planned = plan(inputs);
      const newest = ledger[0];
      const numbers = planned.generations.map(({ number }) => number);

      // Newest first, one more than before if new, never more than asked for.
      expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
      expect(numbers[0]).toBe((newest?.number ?? 0) + (planned.action === "new" ? 1 : 0));
      expect(numbers.length).toBeLessThanOrEqual(keepGenerations);
      // Every generation known stays or goes, none is forgotten.
      const known = new Set([...ledger.map(({ id }) => id), planned.generations[0]!.id]);
      expect(new Set([...planned.generations.map(({ id }) => id), ...planned.removed])).toEqual(known);
      // A change has a reason, and only a change has.
      expect(planned.reasons.length > 0).toBe(planned.action === "new");
      // Each build once, and one for every image; each place once.
      const keys = planned.generations.flatMap(({ images }) => images.map(({ key }) => key));
      expect(new Set(planned.builds.map(({ key }) => key))).toEqual(new Set(keys));
      expect(planned.builds).toHaveLength(new Set(keys).size);
      for (const { images } of planned.generations) {
        const ids = images.flatMap(({ places }) => places.map(({ id }) => id));
        expect(new Set(ids).size).toBe(ids.length);
      }
      // A failure changes nothing; the run after a success has nothing to do.
      expect(plan(inputs)).toEqual(planned);
      if (pick(4) === 0) continue;
      ledger = ledgerAfter(planned, ledger, new Date(now).toISOString());
      const again = plan({ ...inputs, ledger });
      expect(again).toMatchObject({ action: "unchanged", generations: planned.generations, removed: [], reasons: [] });
      expect(again.builds).toEqual(planned.builds);
    }
  });
});
