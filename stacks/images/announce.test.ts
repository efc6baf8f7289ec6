import { describe, expect, it } from "vitest";
import type { GenerationPlan, Plan } from "../../components/plan";
import { announcement } from "./announce";

function generation(id: string): GenerationPlan {
  const name = `copr-builder-x86_64-${id}-abababab`;
  const places = ["hypervisor/vmhost-01", "hypervisor/vmhost-02"].map((place) => ({ id: place }));
  return { id, images: [{ name, places }] } as unknown as GenerationPlan;
}

function planned(more: Partial<Plan>): Plan {
  return { action: "new", reasons: [], generations: [generation("g3")], builds: [], removed: [], ...more };
}

describe("announcement", () => {
  it("says what is new and why, where it goes, what is kept and what goes", () => {
    const reasons = ["context images/copr-builder changed", "8 days since g2"];
    const generations = [generation("g3"), generation("g2")];
    expect(announcement(planned({ reasons, generations, removed: ["g1"] }))).toEqual([
      "g3 is new: context images/copr-builder changed; 8 days since g2\n" +
        "  + copr-builder-x86_64-g3-abababab: hypervisor/vmhost-01, hypervisor/vmhost-02",
      "kept: g2",
      "removed when g3 has passed its boots: g1",
    ]);
  });

  it("says in one line that there is nothing to do, and when there next will be", () => {
    expect(announcement(planned({ action: "unchanged" }))).toEqual(["g3 stands: nothing it is made from has changed"]);
    const nextRefresh = new Date("2026-12-01T06:00:00Z");
    expect(announcement(planned({ action: "unchanged", nextRefresh }))).toEqual([
      "g3 stands: nothing it is made from has changed; the next rebuild is due 2026-12-01T06:00:00.000Z",
    ]);
  });
});
