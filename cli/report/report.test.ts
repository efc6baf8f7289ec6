import { describe, expect, it } from "vitest";
import type { LedgerEntry } from "../../model/plan";
import { devel, ledger, NOW, objects, outputs, prod, unfinished } from "../outputs/testing/farm";
import { keptCosts, runCosts } from "./costs";
import { plain, type Block } from "./document";
import type { Facts } from "./facts";
import { age, duration, size, usd } from "./format";
import { htmlPage } from "./html";
import { reportJson, reportSchema } from "./json";
import { markdown } from "./markdown";
import { packageChanges, type PackageList } from "./packages";
import { hourOf } from "./prices";
import { report } from "./report";
import { farmFacts } from "./testing/facts";

const [g3, g2, g1] = ledger as [LedgerEntry, LedgerEntry, LedgerEntry];
const facts = farmFacts;

function cards(changes: Partial<Facts> = {}) {
  const block = report({ ...facts, ...changes }).blocks.find(({ kind }) => kind === "cards");
  if (block?.kind !== "cards") throw new Error("the report has no cards");
  return block.cards.map(({ title, figure, lines }) => [title, figure, ...lines.map(plain)]);
}

function table(caption: RegExp, changes: Partial<Facts> = {}) {
  const within = (block: Block): Block[] => (block.kind === "fold" ? block.blocks.flatMap(within) : [block]);
  const found = report({ ...facts, ...changes })
    .blocks.flatMap(within)
    .find((block) => block.kind === "table" && caption.test(block.caption));
  if (found?.kind !== "table") throw new Error(`no table ${String(caption)}`);
  return { columns: found.columns, rows: found.rows.map((cells) => cells.map(plain)) };
}

function bars(caption: RegExp, of: readonly LedgerEntry[]) {
  const found = report({ ...facts, outputs: outputs(of) }).blocks.find(
    (one) => one.kind === "bars" && caption.test(one.caption),
  );
  if (found?.kind !== "bars") throw new Error(`no bars ${String(caption)}`);
  return found.groups;
}

it("steps of a build stand in the order that they come in, however the engine has kept them", () => {
  const sorted = (entry: LedgerEntry): LedgerEntry => ({
    ...entry,
    disks: Object.fromEntries(
      Object.entries(entry.disks).map(([key, disk]) => {
        const seconds = Object.entries(disk.seconds).sort(([a], [b]) => a.localeCompare(b));
        return [key, { ...disk, seconds: { ...Object.fromEntries(seconds), another: 1 } }];
      }),
    ),
  });
  const [group] = bars(/^Build time/, ledger.map(sorted));
  const steps = ["prepare", "build", "disk", "upload", "commit", "another"];
  expect(group?.bars[0]?.parts.map(({ name }) => name)).toEqual(steps);
});

describe("boots over the generations", () => {
  it("has for each architecture and generation the fastest of all places, and how much longer the slowest took", () => {
    const places = g3.images.filter(({ arch }) => arch === "s390x").flatMap((image) => image.places);
    const [one = "", two = ""] = places.map(({ id }) => id);
    const slow = { ...g3, bootSeconds: { ...g3.bootSeconds, [one]: [20, 31.5], [two]: [64] } };
    const group = bars(/^Boots in all places/, [slow, g2, g1]).find(({ title }) => title === "s390x");
    expect(group?.bars.map(({ label }) => label)).toEqual(["g3", "g2", "g1"]);
    const [fastest, longer] = group?.bars[0]?.parts ?? [];
    const third = g3.bootSeconds[places[2]?.id ?? ""] ?? [];
    expect(fastest).toEqual({ name: "to the fastest", seconds: Math.min(20, ...third) });
    expect(longer).toEqual({ name: "on to the slowest", seconds: 64 - Math.min(20, ...third) });
  });

  it("leaves out what nobody has booted", () => {
    const groups = bars(/^Boots in all places/, [{ ...g3, bootSeconds: {} }, g2]);
    expect(groups.flatMap((group) => group.bars.map(({ label }) => label))).not.toContain("g3");
  });
});

describe("at a glance", () => {
  it("says what production runs, how old it is, and how far behind", () => {
    expect(cards()[0]).toEqual([
      "prod runs",
      "g2",
      "built 14 days ago",
      "2026-11-10 04:12 UTC",
      "to go back to: g1",
      "1 generation behind devel's g3",
    ]);
    expect(cards()[1]?.slice(0, 3)).toEqual(["devel runs", "g3", "built 6 days ago"]);
  });

  it("goes by what a promoting stack uses first, not by numbers", () => {
    const wentBack = outputs([g1, g3], { promotedFrom: "devel" });
    const [card] = cards({ readers: [{ stack: "prod", outputs: wentBack }] });
    expect(card).toEqual(expect.arrayContaining(["g1", "to go back to: g3", "2 generations behind devel's g3"]));
    const own = cards({ stack: "prod", outputs: wentBack, readers: [] });
    expect(own[0]).toEqual(expect.arrayContaining(["prod runs", "g1", "promoted from devel"]));
  });

  it("takes no other generation for one of the same number", () => {
    const other = { ...g2, images: g2.images.map((image) => ({ ...image, key: "0".repeat(64) })) };
    expect(cards({ readers: [{ stack: "prod", outputs: outputs([other]) }] })[0]).toContain(
      "not a generation of devel",
    );
  });

  it("says why a stack could not be read", () => {
    expect(cards({ readers: [{ stack: "prod", problem: "no stack named prod" }] })[0]).toEqual([
      "prod runs",
      "unknown",
      "not readable",
      "no stack named prod",
    ]);
  });

  it("has each id, by place and generation, and who runs it", () => {
    const { columns, rows } = table(/^Images by/);
    expect(columns.map(({ title, badges = [] }) => [title, ...badges.map(plain)])).toEqual([
      ["Target, architecture"],
      ["g3", "devel runs this"],
      ["g2", "prod runs this"],
      ["g1"],
    ]);
    const id = (entry: LedgerEntry) => entry.published["ibm_cloud/eu-es/s390x"];
    expect(rows).toContainEqual(["ibm_cloud / eu_es / s390x", id(g3), id(g2), id(g1)]);
    expect(rows).toHaveLength(8);
  });

  it("names what an unfinished generation lacks, places only where some are there", () => {
    const notice = report({ ...facts, outputs: outputs(ledger, { unfinished }) }).blocks.find(
      ({ kind }) => kind === "notice",
    );
    expect(notice?.kind === "notice" && plain(notice.content)).toBe(
      "g4 is unfinished: x86_64 is there; " +
        ["01", "02", "03", "04"].map((host) => `x86_64 in hypervisor/vmhost-x86-copr${host}, `).join("") +
        "aarch64, ppc64le, s390x are missing. Nobody uses it before it is complete.",
    );
  });
});

describe("what changed", () => {
  const text = markdown(report(facts));

  it("gives the reasons, and the packages of all architectures with one story", () => {
    expect(text).toMatch(/FROM quay\.io\/fedora\/fedora-bootc:44 moved from sha256:[0-9a-f]{12}… to sha256:/);
    expect(text).toContain("context images/copr-builder changed");
    expect(packageChanges(g2, g3, objects)).toEqual([
      {
        archs: ["x86_64", "aarch64", "ppc64le", "s390x"],
        changes: {
          kind: "compared",
          updated: ["mock 6.3-1.fc42 → 6.4-1.fc42"],
          added: ["tmux 3.5a"],
          removed: ["screen 5.0"],
        },
      },
    ]);
  });

  it("says so where packages can't be compared", () => {
    const packages = new Map<string, PackageList>(objects).set(g2.disks[g2.images[3]!.key]!.packages!, {
      unreadable: "no such bucket",
    });
    const [, , story] = packageChanges(g2, { ...g3, images: [g3.images[0]!, g2.images[1]!, g3.images[3]!] }, packages);
    expect(story).toEqual({ archs: ["s390x"], changes: { kind: "unknown", why: "no such bucket" } });
    expect(markdown(report({ ...facts, packages }))).toContain("not compared: no such bucket");
    expect(packageChanges(g2, { ...g3, images: [g2.images[1]!] }, packages)[0]?.changes).toEqual({ kind: "same" });
  });
});

describe("costs", () => {
  it("are the worker's time by its list price; a machine of one's own is free, an unknown one is named", () => {
    const [x86, , ppc, s390] = runCosts(g3, ledger);
    const seconds = g3.disks[g3.images[0]!.key]!.workerSeconds;
    expect(x86?.usd).toBeCloseTo((0.1785 * seconds) / 3600, 10);
    expect([ppc?.price.kind, s390?.price.kind]).toEqual(["own", "unknown"]);
    expect(hourOf("aws", "c7i.xlarge spot")).toEqual({ kind: "listed", usd: 0.1785, atMost: true });
    const { rows } = table(/^g3: workers/);
    expect(rows).toContainEqual(["g3 s390x", "bz2-4x16", "24 min 4 s", "?", "ibm: no list price known"]);
    expect(rows).toContainEqual(["g3 together", "", "", "≤ $0.09", "without s390x"]);
  });

  it("count a disk once that two generations share", () => {
    const shared: LedgerEntry = { ...g3, images: [g2.images[0]!], disks: g2.disks };
    expect(runCosts(shared, [shared, g2])).toEqual([]);
    expect(keptCosts([shared, g2], "amazon")[0]).toMatchObject({ count: 4 });
  });

  it("of a store are Amazon's only, and of a snapshot its data only", () => {
    const stored = Object.values(g1.disks).reduce((sum, disk) => sum + disk.storedBytes, 0);
    expect(keptCosts([g1], "amazon")[0]?.usd).toBeCloseTo((stored / 2 ** 30) * 0.023, 10);
    expect(keptCosts([g1], "own")[0]).toMatchObject({ usd: 0, basis: "a store of one's own" });
    expect(keptCosts([g1], "unknown")[0]?.usd).toBeUndefined();
    const data = [0, 1].reduce((sum, index) => sum + g1.disks[g1.images[index]!.key]!.dataBytes, 0);
    expect(keptCosts([g1], "own")[1]).toMatchObject({ count: 2, bytes: data, usd: (data / 2 ** 30) * 0.05 });
  });
});

it("times and sizes stand as people read them", () => {
  expect(
    ["2026-11-22T09:30:01Z", "2026-11-22T09:30:00Z", "2026-11-24T08:31:00Z", "2026-11-24T09:29:30Z"].map((t) =>
      age(t, NOW),
    ),
  ).toEqual(["1 day", "2 days", "59 minutes", "less than a minute"]);
  expect([1.25, 48, 723, 3840].map(duration)).toEqual(["1.3 s", "48 s", "12 min 3 s", "1 h 4 min"]);
  expect([size(3.25e9), size(3e8), usd(0.001), usd(0), usd(1.005)]).toEqual([
    "3.0 GiB",
    "286 MiB",
    "< $0.01",
    "$0.00",
    "$1.00",
  ]);
});

it("Markdown and page say the same, and neither is broken by what a name holds", () => {
  const evil = `<img src=x onerror=alert(1)>|"&'`;
  const bad = { ...prod, generations: [{ ...g2, published: { ...g2.published, "aws/us-east-1/x86_64": evil } }] };
  const document = report({ ...facts, outputs: bad, stack: evil });
  const page = htmlPage(document);
  expect(page).not.toContain("<img");
  expect(page).toContain("&lt;img src=x onerror=alert(1)&gt;|&quot;&amp;&#39;");
  expect(markdown(document)).toContain("`<img src=x onerror=alert(1)>\\|\"&'`");
  // Every word of a table's cell in the page is in the Markdown too.
  const text = markdown(report(facts)).replaceAll("\\", "");
  const cells = report(facts).blocks.flatMap((block) => (block.kind === "table" ? block.rows.flat() : []));
  for (const cell of cells) {
    for (const word of plain(cell).split(/\s+/)) expect(text).toContain(word.replace("…", ""));
  }
});

describe("for programs", () => {
  const json = reportSchema.parse(JSON.parse(JSON.stringify(reportJson(facts))));

  it("says which stack uses which generation, and what could not be read", () => {
    expect(json.stacks).toEqual([
      { stack: "devel", generation: "g3", problem: null },
      { stack: "prod", generation: "g2", problem: null },
    ]);
    const unread = reportJson({ ...facts, readers: [{ stack: "prod", problem: "denied" }] });
    expect(unread.stacks[1]).toEqual({ stack: "prod", generation: null, problem: "denied" });
    expect(json.generations.map(({ id, usedBy }) => [id, usedBy])).toEqual([
      ["g3", ["devel"]],
      ["g2", ["prod"]],
      ["g1", []],
    ]);
  });

  it("has every image at its path in the outputs, with the figures of its disk and boots", () => {
    for (const { path, id } of json.generations[0]?.images.flatMap(({ places }) => places) ?? []) {
      const at = path.reduce<unknown>((tree, step) => (tree as Record<string, unknown>)[step], devel.images);
      expect(at).toBe(id);
    }
    const [image] = json.generations[0]?.images ?? [];
    expect(image?.disk?.sizeBytes).toBe(g3.disks[image?.key ?? ""]?.sizeBytes);
    expect(image?.places[0]?.bootSeconds).toEqual(g3.bootSeconds[g3.images[0]?.places[0]?.id ?? ""]);
  });

  it("has the sums of the page, and null where a price is not known", () => {
    expect(json.kept).toEqual(
      keptCosts(ledger, "amazon").map(({ usd: month, ...cost }) => ({ ...cost, usdPerMonth: month ?? null })),
    );
    const unknown = reportJson({ ...facts, store: "unknown" }).kept[0];
    expect(unknown).toMatchObject({ what: "disks in the artifact store", usdPerMonth: null });
  });

  it("names an unfinished generation", () => {
    expect(json.unfinished).toBeNull();
    expect(reportJson({ ...facts, outputs: { ...devel, unfinished } }).unfinished?.generation).toBe(
      unfinished.generation,
    );
  });
});
