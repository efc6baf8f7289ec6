import { describe, expect, it } from "vitest";
import { parseEvent } from "../ci/engine-event";
import { Progress, type Row } from "./table";
import { recordedUp } from "./testing/recorded";

const heard = (lines: readonly string[]): Progress => {
  const progress = new Progress();
  lines.forEach((line, index) => progress.hear(parseEvent(line, index + 1)));
  return progress;
};
const urn = (types: string, name: string) => `urn:pulumi:devel::copr-builders::${types}::${name}`;
const IMAGE = "copr-builder-s390x-g2-0a1b2c3d.ibm-us-east";
const PUBLISHED = urn("builders:index:Generation$builders:index:PublishedImage", IMAGE);
const [GENERATION, BUILD] = [
  urn("builders:index:Generation", "g2"),
  urn("builders:index:ImageBuild", "build-s390x-0a1b2c3d"),
];

/** Events as the engine writes them, a second apart. */
function events(...all: readonly (readonly [kind: string, metadata: object])[]): string[] {
  return all.map(([kind, metadata], timestamp) =>
    JSON.stringify(kind === "diagnosticEvent" ? { timestamp, [kind]: metadata } : { timestamp, [kind]: { metadata } }),
  );
}
const component = (op: string, urn: string, more: object = {}) =>
  ["resourcePreEvent", { op, urn, new: { parent: GENERATION, ...more } }] as const;
const child = (
  kind: "resourcePreEvent" | "resOutputsEvent" | "resOpFailedEvent",
  op: string,
  parent: string,
  name: string,
) =>
  [
    kind,
    { op, urn: `${parent.slice(0, parent.lastIndexOf("::"))}$x:index:Y::${name}`, new: { parent, custom: true } },
  ] as const;
const only = (rows: readonly Row[]): Row => {
  const [row] = rows;
  if (row === undefined || rows.length > 1) throw new Error(`expected one row, not ${String(rows.length)}`);
  return row;
};

describe("the table of a run", () => {
  it("of a whole run has each place, published and booted, and how long that took", () => {
    const { rows, removed } = heard(recordedUp()).table();
    expect(rows.map(({ arch, place }) => [arch, place])).toEqual([
      ["x86_64", undefined],
      ...[
        "aws/eu-west-1/x86_64",
        "aws/us-east-1/x86_64",
        "hypervisor/local",
        "ibm/br-sao/x86_64",
        "ibm/us-east/x86_64",
      ].map((place) => ["x86_64", place]),
    ]);
    const done = expect.objectContaining({ state: "done" });
    const inPlaces = rows.slice(1).map(() => ({ publish: done, boot: done }));
    expect(rows.map(({ cells }) => cells)).toEqual([{ build: done }, ...inPlaces]);
    // Its name is claimed when the run begins, its disk is there later.
    expect(rows[3]?.cells.publish).toEqual({ state: "done", seconds: 1 });
    const { build } = rows[0]?.cells ?? {};
    expect(build?.state === "done" && build.seconds).toBeGreaterThan(10);
    expect(removed).toBe(0);
  });

  it("in the midst of it says what runs, since when, and what it says of itself", () => {
    const lines = recordedUp();
    const at = lines.findIndex((line) => line.includes("gave credentials"));
    const { rows } = heard(lines.slice(0, at + 1)).table();
    expect(rows[0]?.cells.build).toMatchObject({ state: "running", text: expect.stringContaining("gave credentials") });
    expect(rows[1]?.cells).toEqual({ publish: { state: "waiting" }, boot: { state: "waiting" } });
  });

  it("of a run that goes on tells what was there before from what is done now", () => {
    const boot = PUBLISHED.replace("PublishedImage", "BootCheck") + ".boot";
    const { rows } = heard(
      events(
        component("same", BUILD),
        child("resourcePreEvent", "same", BUILD, "b-worker"),
        child("resOutputsEvent", "same", BUILD, "b-worker"),
        ["resOutputsEvent", { op: "same", urn: BUILD }],
        component("same", PUBLISHED, { inputs: { place: "ibm_cloud/us-east/s390x" } }),
        child("resourcePreEvent", "update", PUBLISHED, IMAGE),
        child("resOutputsEvent", "update", PUBLISHED, IMAGE),
        ["resOutputsEvent", { op: "same", urn: PUBLISHED }],
        component("create", boot),
        child("resourcePreEvent", "create", boot, `${IMAGE}.boot-machines`),
      ),
    ).table();
    expect(rows).toEqual([
      { name: "build-s390x-0a1b2c3d", arch: "s390x", cells: { build: { state: "kept" } } },
      {
        ...{ name: IMAGE, arch: "s390x", place: "ibm_cloud/us-east/s390x" },
        cells: { publish: { state: "done", seconds: 1 }, boot: { state: "running", since: 9, text: "" } },
      },
    ]);
  });

  it("says of what failed why, and that others wait", () => {
    const failing = events(
      component("create", PUBLISHED, { inputs: { place: "ibm_cloud/us-east/s390x" } }),
      child("resourcePreEvent", "create", PUBLISHED, IMAGE),
      [
        "diagnosticEvent",
        { urn: `${PUBLISHED.replace(`::${IMAGE}`, "")}$x:index:Y::${IMAGE}`, severity: "error", message: "no quota\n" },
      ],
      child("resOpFailedEvent", "create", PUBLISHED, IMAGE),
    );
    const { cells } = only(heard(failing).table().rows);
    expect(cells.publish).toEqual({ state: "failed", seconds: 2, text: "no quota" });
  });

  it("has no step that still runs once the engine has ended", () => {
    const cut = events(component("create", PUBLISHED), child("resourcePreEvent", "create", PUBLISHED, IMAGE), [
      "diagnosticEvent",
      { urn: PUBLISHED, severity: "info", message: "sending", ephemeral: true },
    ]);
    const { cells } = only(heard([...cut, JSON.stringify({ timestamp: 9, summaryEvent: {} })]).table().rows);
    expect(cells.publish).toEqual({ state: "failed", seconds: 0, text: "broken off" });
  });

  it("leaves out older generations that stay as they are, and counts what goes", () => {
    const older = PUBLISHED.replace("-g2-0a1b2c3d", "-g1-11111111");
    const oldest = older.replace("-g1-", "-g0-");
    const { rows, removed } = heard(
      events(
        component("create", PUBLISHED),
        component("same", older),
        child("resourcePreEvent", "same", older, "o"),
        ["resourcePreEvent", { op: "delete", urn: oldest, old: { parent: GENERATION } }],
        ["diagnosticEvent", { urn: oldest, severity: "info", message: "deleting it", ephemeral: true }],
        ["resOutputsEvent", { op: "delete", urn: oldest, old: { parent: GENERATION } }],
      ),
    ).table();
    expect([rows.map(({ name }) => name), removed]).toEqual([[IMAGE], 1]);
  });

  it("hands on what is to be read once, and keeps to itself what passes", () => {
    const progress = new Progress();
    const say = (severity: string, message: string, ephemeral = false) =>
      progress.hear({ diagnosticEvent: { severity, message, ephemeral } });
    expect([say("warning", "a region is down\n"), say("info", "passes", true), say("debug", "x")]).toEqual([
      [{ severity: "warning", text: "a region is down" }],
      [],
      [],
    ]);
  });

  it("has what policies object to", () => {
    const policyEvent = {
      policyPackName: "copr-builders",
      policyName: "no-public-images",
      enforcementLevel: "mandatory",
      message: "it is\n",
    };
    expect(new Progress().hear({ policyEvent: { ...policyEvent, resourceUrn: PUBLISHED } })).toEqual([
      { severity: "error", text: `policy no-public-images (${IMAGE}): it is` },
    ]);
  });
});
