import { describe, expect, it } from "vitest";
import type { GenerationPlan, Plan } from "../../model/plan";
import type { LedgerEntry, Promotion } from "../../model/plan";
import { announcement, promotionAnnouncement } from "./announce";

function generation(id: string): GenerationPlan {
  const name = `copr-builder-x86_64-${id}-abababab`;
  const places = ["hypervisor/vmhost-01", "hypervisor/vmhost-02"].map((place) => ({ id: place }));
  return { id, images: [{ name, places }] } as unknown as GenerationPlan;
}

function planned(more: Partial<Plan>): Plan {
  return { action: "new", reasons: [], generations: [generation("g3")], builds: [], removed: [], missing: [], ...more };
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
    expect(announcement(planned({ action: "unchanged", removed: ["g1"] }))[1]).toBe(
      "removed, used by nobody any more: g1",
    );
    const nextRefresh = new Date("2026-12-01T06:00:00Z");
    expect(announcement(planned({ action: "unchanged", nextRefresh }))).toEqual([
      "g3 stands: nothing it is made from has changed; the next rebuild is due 2026-12-01T06:00:00.000Z",
    ]);
  });
});

describe("announcement of a run for some only", () => {
  it("says what is left out, and that no output changes", () => {
    const missing = ["aarch64 in aws/us-east-1/aarch64"];
    expect(announcement(planned({ reasons: ["first generation"], missing })).slice(1)).toEqual([
      'left out by "only": aarch64 in aws/us-east-1/aarch64',
      "g3 is not complete after this run: the outputs stay as they are",
    ]);
    const down = [{ target: "aws", path: [], reason: "no answer" }] as unknown as NonNullable<Plan["down"]>;
    expect(announcement(planned({ missing, down }))).toContain("left out: aarch64 in aws/us-east-1/aarch64");
    expect(announcement(planned({ action: "unchanged", missing }))[1]).toMatch(/^left out by "only": aarch64/);
  });
});

describe("announcement of a promotion", () => {
  const used = (id: string) => ({ id, builtAt: "2026-11-01T00:00:00Z" }) as LedgerEntry;
  const promotion: Promotion = { action: "unchanged", entries: [used("g1")], notTaken: [], gone: [], loses: [] };

  it("says what is in use, in a line, where nothing moves", () => {
    expect(promotionAnnouncement(promotion, "devel")).toEqual(["g1 of devel is in use (built 2026-11-01T00:00:00Z)"]);
  });

  it("says what is older in places that are paused", () => {
    const older = { generation: "g0", imageId: "i0", publishedIn: "hypervisor/two" };
    const place = { id: "hypervisor/two" };
    const behind = [{ arch: "x86_64", place, until: "2026-12-05", reason: "disks", older }];
    const entry = { ...used("g1"), behind } as unknown as LedgerEntry;
    expect(promotionAnnouncement({ ...promotion, entries: [entry] }, "devel")[1]).toBe(
      "x86_64 in hypervisor/two is paused until 2026-12-05: disks; it keeps i0 of g0, and g1 is whole without it",
    );
  });

  it("says what is taken instead of what, what waits, what is lost and what there is to go back to", () => {
    const more = {
      replaces: "g1",
      notTaken: [{ id: "g4", why: "it has not soaked" }],
      gone: ["g0"],
      loses: ["aws.x86_64"],
    };
    const first = promotionAnnouncement({ ...promotion, action: "taken" }, "devel");
    expect(first).toEqual(["g1 of devel is taken (built 2026-11-01T00:00:00Z)"]);
    expect(
      promotionAnnouncement({ ...promotion, ...more, action: "taken", entries: [used("g3"), used("g1")] }, "devel"),
    ).toEqual([
      "g3 of devel is taken (built 2026-11-01T00:00:00Z), instead of g1",
      "g4 is not taken: it has not soaked",
      "g3 has no image for aws.x86_64, which g1 has",
      "to go back to: g1",
      "used before and gone from devel: g0",
    ]);
  });
});
