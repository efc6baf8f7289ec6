import { describe, expect, it } from "vitest";
import type { PromoteSettings } from "../settings";
import { NOW, changed, identity, settings, succeeded } from "./fixtures";
import { plan } from "./plan";
import { heldImages, promote, type PromotionInputs } from "./promotion";
import type { LedgerEntry } from "./types";

const DAY = 86_400_000;
const daysAgo = (days: number) => new Date(NOW.getTime() - days * DAY).toISOString();

/** Generation N, built so many days ago. */
function entry(
  number: number,
  days: number,
  publish: Parameters<typeof settings>[0] = { x86_64: ["hypervisor"] },
): LedgerEntry {
  const source = number === 1 ? identity : changed(String(number));
  const [generation] = plan({ settings: settings(publish), identity: source, ledger: [], now: NOW }).generations;
  return { ...succeeded(generation!, daysAgo(days)), id: `g${number}`, number };
}

const g1 = entry(1, 30);
const g2 = entry(2, 8);
const g3 = entry(3, 2);

function run(
  wish: Partial<PromoteSettings["promote"]> = {},
  change: Partial<PromotionInputs> = {},
  keepGenerations = 2,
) {
  const promoteSettings = { from: "devel", soakDays: 7, skipSoak: false, needs: [], ...wish };
  return promote({
    settings: { promote: promoteSettings, keepGenerations },
    offered: [g3, g2, g1],
    used: [],
    now: NOW,
    ...change,
  });
}
const ids = (promotion: { entries: readonly LedgerEntry[] }) => promotion.entries.map(({ id }) => id);

describe("the newest that has soaked", () => {
  it("is taken, and the one before stays to go back to", () => {
    const promotion = run({}, { used: [g1] });
    expect(ids(promotion)).toEqual(["g2", "g1"]);
    expect(promotion.replaces).toBe("g1");
    expect(promotion.notTaken).toEqual([
      {
        id: "g3",
        why: expect.stringMatching(/^it will have soaked for 7 days on 2025-06-22T09:30:12\.000Z; to take it before/),
      },
    ]);
  });

  it("waits to the second", () => {
    const due = Date.parse(g3.builtAt) + 7 * DAY;
    expect(ids(run({}, { now: new Date(due - 1000) }))[0]).toBe("g2");
    expect(ids(run({}, { now: new Date(due) }))[0]).toBe("g3");
  });

  it("is never an older one than is in use: only a person goes back", () => {
    const promotion = run({}, { used: [g3, g1] });
    expect(ids(promotion)).toEqual(["g3", "g1"]);
    expect(promotion.replaces).toBeUndefined();
  });

  it("must have what is needed; a newer one that lacks it is passed over, with the reason", () => {
    const wide = entry(1, 30, { x86_64: ["hypervisor", "aws"], aarch64: ["aws"] });
    const promotion = run({ needs: ["aws.aarch64", "hypervisor"] }, { offered: [g2, wide] });
    expect(ids(promotion)).toEqual(["g1"]);
    expect(promotion.notTaken).toEqual([{ id: "g2", why: "it lacks aws.aarch64, which promote.needs asks for" }]);
  });

  it("says what is lost against the one that was in use", () => {
    const wide = entry(1, 30, { x86_64: ["hypervisor", "aws"] });
    expect(run({}, { offered: [g2, wide], used: [wide] }).loses).toEqual(["aws.x86_64"]);
    expect(run({}, { used: [g1] }).loses).toEqual([]);
  });

  it("that is not there is an error with a reason for each", () => {
    expect(() => run({ needs: ["aws"] }, { offered: [g3, g1] })).toThrow(
      /^promote: no generation of devel can be taken:\n {2}g3: it lacks aws, .*; it will have soaked.*\n {2}g1: it lacks aws, which promote\.needs asks for$/,
    );
    expect(() => run({}, { offered: [] })).toThrow(
      'promote.from: devel has no generation yet; run "pulumi up" there first',
    );
  });
});

describe("a named generation", () => {
  it("goes back and forth, the one that was left is kept each time", () => {
    const back = run({ generation: "g1" }, { used: [g3, g2] });
    expect(ids(back)).toEqual(["g1", "g3"]);
    expect(back.notTaken.map(({ id, why }) => `${id}: ${why}`)[1]).toBe("g2: promote.generation names g1");
    expect(ids(run({ generation: "g3", soakDays: 0 }, { used: back.entries }))).toEqual(["g3", "g1"]);
  });

  it("that is gone is refused, with those that are there", () => {
    expect(() => run({ generation: "g9" })).toThrow("promote.generation: g9 is gone from devel; it has g3, g2, g1");
  });

  it("that has not soaked is refused, unless it is said explicitly", () => {
    expect(() => run({ generation: "g3" })).toThrow(
      /^promote\.generation: g3 can't be taken: it will have soaked for 7 days on .*set promote\.skipSoak$/,
    );
    expect(ids(run({ generation: "g3", skipSoak: true }))).toEqual(["g3"]);
  });

  it("that lacks what is needed is refused, soaked or not", () => {
    const wish = { generation: "g3", skipSoak: true, needs: ["aws.x86_64", "osuosl"] };
    expect(() => run(wish)).toThrow("g3 can't be taken: it lacks aws.x86_64, osuosl, which promote.needs asks for");
  });
});

describe("what was used before", () => {
  it("is kept as far as there is room, and named where it is gone", () => {
    const promotion = run({}, { used: [g2, g1, entry(9, 40)] }, 3);
    expect(ids(promotion)).toEqual(["g2", "g1"]);
    expect(promotion.gone).toEqual(["g9"]);
    expect(ids(run({}, { used: [g1] }, 1))).toEqual(["g2"]);
  });

  it("of a building stack that was made anew is not mistaken for the new one of that name", () => {
    const anew = { ...entry(4, 20), id: "g1", number: 1 };
    const promotion = run({}, { offered: [anew], used: [g1] });
    expect(promotion).toMatchObject({ replaces: "g1", gone: [] });
    expect(promotion.entries).toEqual([anew]);
  });
});

describe("a generation that is whole without a paused place", () => {
  const tempers = { hypervisor: [{}, { paused: { until: "2025-06-20", reason: "disks" } }] };
  const [planned] = plan({
    settings: settings(undefined, { tempers }),
    identity: changed("2"),
    ledger: [g1],
    now: NOW,
  }).generations;
  const without = { ...succeeded(planned!, daysAgo(8)), id: "g2", number: 2 };

  it("is taken like any other: nothing is lost where the older image stays", () => {
    const promotion = run({ needs: ["hypervisor"] }, { offered: [without, g1], used: [g1] });
    expect(ids(promotion)).toEqual(["g2", "g1"]);
    expect(promotion.loses).toEqual([]);
  });

  it("holds of the older one what is used of it", () => {
    const [older] = g1.images.map((image) => image.name);
    expect([...heldImages([without])]).toEqual([
      ["g2", without.published],
      ["g1", { "hypervisor/vmhost-02": older }],
    ]);
    expect([...heldImages([without, g1])]).toEqual([
      ["g2", without.published],
      ["g1", g1.published],
    ]);
  });

  it("is the same generation once that place has caught up", () => {
    const caughtUp = run({}, { offered: [g2], used: [without] });
    expect(caughtUp).toMatchObject({ action: "unchanged", entries: [g2] });
  });
});
