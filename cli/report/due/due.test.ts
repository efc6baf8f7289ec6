import { describe, expect, it } from "vitest";
import type { LedgerEntry } from "../../../model/plan";
import { ledger, ledgerWith, outputs, settings } from "../../outputs/testing/farm";
import { plain } from "../document";
import type { Facts } from "../facts";
import type { DiskDocuments } from "../kept";
import { markdown } from "../markdown";
import { report } from "../report";
import { farmFacts } from "../testing/facts";
import { dues, unknownDues } from "./index";
import { dueBlocks } from "./table";

const [g3, g2, g1] = ledger as [LedgerEntry, LedgerEntry, LedgerEntry];
const { building, promoting } = farmFacts.schedule;
const [prod] = promoting;
if (prod === undefined || "problem" in prod.settings) throw new Error("prod's settings can't be read");

/** @param generations of devel @param more of its settings */
function facts(generations: readonly LedgerEntry[] = ledger, more: object = {}, changes: Partial<Facts> = {}): Facts {
  const schedule = { building: { ...building, generations, settings: { ...settings, ...more } }, promoting };
  return { ...farmFacts, outputs: outputs(generations), schedule, ...changes };
}

/** `2026-11-24 13:40 prod takes g3 instead of g2` */
function listed(of: Facts, ...kinds: readonly string[]): string[] {
  return dues(of)
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ at, day, after, what }) => `${day ?? at?.toISOString().slice(0, 16) ?? after ?? ""} ${what}`);
}

it("a rebuild is due when the newest is as old as the settings let it be, and never without that", () => {
  expect(listed(facts(ledger, { rebuildAfterDays: 7 }), "rebuild")).toEqual([
    "2026-11-24T13:40 devel builds g4 even if nothing has changed: 7 days after g3",
  ]);
  const { rebuildAfterDays: _never, ...without } = settings;
  const schedule = { building: { ...building, settings: without }, promoting };
  expect(listed({ ...farmFacts, schedule }, "rebuild")).toEqual([]);
});

describe("a promotion is due", () => {
  const promotion = (used: readonly LedgerEntry[], promote: object = {}, generations = ledger) => {
    const asked = facts(generations);
    const rule = {
      ...prod.settings,
      promote: { ...("promote" in prod.settings && prod.settings.promote), ...promote },
    };
    const schedule = { ...asked.schedule, promoting: [{ stack: "prod", used, settings: rule } as typeof prod] };
    return listed({ ...asked, schedule }, "promotion");
  };

  it("when a newer generation has soaked", () => {
    expect(promotion([g2, g1])).toEqual(["2026-11-24T13:40 prod takes g3 instead of g2"]);
    expect(promotion([g1])).toEqual([
      "2026-11-17T04:12 prod takes g2 instead of g1",
      "2026-11-24T13:40 prod takes g3 instead of g1",
    ]);
    expect(promotion([])).toContain("2026-11-10T04:11 prod takes g1");
  });

  it("not where there is none, a person has named another, or it lacks what production needs", () => {
    expect(promotion([g3, g2])).toEqual([]);
    expect(promotion([g2, g1], { generation: "g2" })).toEqual([]);
    const without = { ...g3, images: g3.images.filter(({ arch }) => arch !== "s390x") };
    expect(promotion([g2, g1], {}, [without, g2, g1])).toEqual([]);
  });
});

describe("a pause", () => {
  const paused = { until: "2026-12-05", reason: "its disks are replaced" };
  const tempers = {
    hypervisor: [{}, { paused }, { paused: { until: "2026-11-24T08:00:00Z", reason: "a new board" } }],
  };
  const rows = dueBlocks(facts(ledgerWith({ hypervisor: [{}, { paused }] }), { tempers })).flatMap((block) =>
    block.kind === "table" ? block.rows.map((cells) => cells.map(plain)) : [],
  );

  it("is due to the end of its day, and is late where no run begins any more", () => {
    const when = (place: string) => rows.find(([, what]) => what?.startsWith(place))?.[0];
    expect(when("hypervisor/vmhost-x86-copr02")).toBe("2026-12-05 in\u00a011\u00a0days");
    expect(when("hypervisor/vmhost-x86-copr03")).toBe("2026-11-24\u00a008:00\u00a0UTC 1\u00a0hour\u00a0ago");
  });
});

describe("a deletion", () => {
  const after = (generations: readonly LedgerEntry[], more: object, users: Facts["schedule"]["promoting"]) => {
    const asked = facts(generations, more);
    return listed({ ...asked, schedule: { ...asked.schedule, promoting: users } }, "deletion");
  };
  const gone = (id: string) => `${id} is deleted in all its places`;

  it("waits for the generation that makes it one too many, and for those who hold it", () => {
    expect(after(ledger, { keepGenerations: 3 }, [])).toEqual([`once g4 is whole ${gone("g1")}`]);
    expect(after(ledger, { keepGenerations: 2 }, [])).toEqual([
      `once g4 is whole ${gone("g2")}`,
      `with the next run ${gone("g1")}`,
    ]);
    expect(after(ledger, { keepGenerations: 2 }, promoting)).toEqual([
      `once g4 is whole and prod no longer holds it ${gone("g2")}`,
      `once prod no longer holds it ${gone("g1")}`,
    ]);
    expect(after([g3], { keepGenerations: 1 }, [])).toEqual([`once g4 is whole ${gone("g3")}`]);
    expect(after([g3, g2], { keepGenerations: 5 }, [])).toEqual([]);
  });

  it("waits for the generation that a stack would take next, and for a stack that can't be read", () => {
    const reader = { ...prod, used: [g1] };
    expect(after(ledger, { keepGenerations: 2 }, [reader])[0]).toContain("g4 is whole and prod no longer holds it");
    const unread = { ...prod, used: { problem: "no such stack" } };
    expect(after(ledger, { keepGenerations: 2 }, [unread])).toEqual([
      `once g4 is whole and prod no longer holds it ${gone("g2")}`,
      `once prod no longer holds it ${gone("g1")}`,
    ]);
  });

  it("is not one of what a paused place has", () => {
    const tempers = { hypervisor: [{}, { paused: { until: "2026-12-05", reason: "disks" } }] };
    expect(after(ledger, { keepGenerations: 2, tempers }, [])).toEqual([]);
  });
});

describe("what others end", () => {
  it("is what a platform says of an architecture that is built or published there", () => {
    const end = "2027-02-20 IBM Cloud makes no new s390x instances since 2026-02-28, and has none after 2027-02-20";
    expect(listed(facts(), "platform")).toEqual([end]);
    const x86 = { ...g3, images: g3.images.filter(({ arch }) => arch === "x86_64") };
    expect(listed(facts([x86]), "platform")).toEqual([]);
  });

  it("is the last day of updates of each distribution that somebody runs", () => {
    const days = new Map<string, DiskDocuments>([
      ...g3.images.map(({ key }) => [key, { supportEnd: "2027-05-19" }] as const),
      ...g1.images.map(({ key }) => [key, { supportEnd: "2026-12-01" }] as const),
    ]);
    expect(listed(facts(ledger, {}, { documents: days }), "support")).toEqual([
      "2027-05-19 the distribution in g3 has no updates after that day",
    ]);
  });

  it("is the day from which on a cloud counts images as deprecated, of the oldest disk", () => {
    const images = g3.images.map((image) => ({
      ...image,
      places: image.places.map((place) =>
        place.spec.platform === "aws" ? { ...place, spec: { ...place.spec, deprecateAfterDays: 30 } } : place,
      ),
    }));
    expect(listed(facts([{ ...g3, images }, g2, g1]), "deprecation")).toEqual([
      "2026-12-17T13:40 images of g3 in aws count as deprecated",
    ]);
  });
});

it("says why some of it can't be told, and all else", () => {
  const problem = "the settings of stack devel can't be read: no";
  const schedule = {
    building: { ...building, settings: { problem } },
    promoting: [{ ...prod, settings: { problem: "secret" } }],
  };
  const asked = { ...farmFacts, schedule };
  expect(unknownDues(asked)).toEqual([problem, "secret"]);
  expect(listed(asked, "platform")).toHaveLength(1);
  expect(markdown(report(asked))).toContain("Not all of it is known: the settings of stack devel can't be read");
});

it("comes in the order of time, what waits for something else last", () => {
  const times = dues(facts(ledger, { keepGenerations: 2, rebuildAfterDays: 30 })).map(({ kind }) => kind);
  expect(times).toEqual(["promotion", "rebuild", "platform", "deletion", "deletion"]);
});
