import { describe, expect, it } from "vitest";
import { aws, changed, digest, hypervisor, identity, ledgerAfter, NOW, settings } from "./fixtures";
import { plan, type PlanInputs, type PlanSettings } from "./plan";
import type { Identity, Plan } from "./types";

const DAY_MS = 24 * 60 * 60 * 1000;

function run(change: Partial<PlanInputs> = {}): Plan {
  return plan({ settings: settings(), identity, ledger: [], now: NOW, ...change });
}

describe("a first run", () => {
  it("plans g1 with every name", () => {
    const { generations, ...rest } = run();
    const [g1] = generations;
    const key = g1?.images[0]?.key ?? "";
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(rest).toEqual({
      action: "new",
      reasons: ["first generation"],
      builds: [{ arch: "x86_64", key, forms: [] }],
      removed: [],
      missing: [],
    });
    expect(g1).toMatchObject({ version: 1, id: "g1", number: 1, refresh: 0, identity });
    expect(g1?.images).toMatchObject([
      {
        arch: "x86_64",
        name: `copr-builder-x86_64-g1-${key.slice(0, 8)}`,
        boot: { boots: 3, timeoutMinutes: 10, checks: ["true"] },
        places: [
          { target: "hypervisor", id: "hypervisor/vmhost-01", outputPath: ["hypervisor", "x86_64"] },
          { target: "hypervisor", id: "hypervisor/vmhost-02", outputPath: ["hypervisor", "x86_64"] },
        ],
      },
    ]);
    expect(g1?.images[0]?.places[0]?.spec).toMatchObject({ host: "vmhost-01", uri: "qemu+ssh://vmhost-01/system" });
  });

  it("gives every place of every architecture an id of its own, and the output its shape", () => {
    const everywhere = settings({
      s390x: ["ibm_cloud"],
      x86_64: ["aws", "hypervisor"],
      aarch64: ["aws"],
      ppc64le: ["hypervisor", "osuosl"],
    });
    const { images } = run({ settings: everywhere }).generations[0]!;
    expect(images.map(({ arch }) => arch)).toEqual(["x86_64", "aarch64", "ppc64le", "s390x"]);
    expect(images.flatMap(({ places }) => places.map(({ id, outputPath }) => `${id} ${outputPath.join(".")}`))).toEqual(
      [
        "aws/us-east-1/x86_64 aws.x86_64",
        "hypervisor/vmhost-01 hypervisor.x86_64",
        "hypervisor/vmhost-02 hypervisor.x86_64",
        "aws/us-east-1/aarch64 aws.aarch64",
        "hypervisor/power-01 hypervisor.ppc64le",
        "osuosl/osuosl/ppc64le osuosl.ppc64le",
        "ibm_cloud/br-sao/s390x ibm_cloud.br_sao.s390x",
        "ibm_cloud/eu-es/s390x ibm_cloud.eu_es.s390x",
      ],
    );
  });

  it("that failed is planned again with the same names, whatever the day", () => {
    expect(run({ now: new Date(NOW.getTime() + 3 * DAY_MS) })).toEqual(run());
  });
});

describe("nothing changed", () => {
  const first = run();
  const ledger = ledgerAfter(first);

  it("is the same generation", () => {
    expect(run({ ledger })).toEqual({ ...first, action: "unchanged", reasons: [] });
  });

  it("even where the settings moved what decides no bytes", () => {
    const moved = settings(
      { x86_64: ["hypervisor", "aws"] },
      { bootCheck: { boots: 5, timeoutMinutes: 1, checks: [] } },
    );
    const again = run({ ledger, settings: moved });
    expect(again).toMatchObject({ action: "unchanged", reasons: [], removed: [] });
    expect(again.builds.map(({ key }) => key)).toEqual(first.builds.map(({ key }) => key));
    // The disk is there already; the snapshot is made from it.
    expect(again.builds[0]?.forms.map(({ where }) => where)).toEqual(["us-east-1"]);
    const [image] = again.generations[0]!.images;
    expect(image).toMatchObject({ name: first.generations[0]!.images[0]!.name, boot: { boots: 5 } });
    expect(image?.places.map(({ id }) => id)).toEqual([
      "hypervisor/vmhost-01",
      "hypervisor/vmhost-02",
      "aws/us-east-1/x86_64",
    ]);
  });
});

describe("a change", () => {
  const g1 = ledgerAfter(run());

  const reasons: readonly [string, Partial<Identity>, readonly string[]][] = [
    ["the context", changed("d"), ["context images/x changed"]],
    [
      "a base image",
      { from: { "quay.io/fedora/fedora-bootc:42": `sha256:ab12${"0".repeat(60)}` } },
      ["FROM quay.io/fedora/fedora-bootc:42 moved from sha256:ffffffffffff… to sha256:ab1200000000…"],
    ],
    [
      "another base image",
      { from: { "quay.io/fedora/fedora-bootc:43": digest("e") } },
      ["FROM quay.io/fedora/fedora-bootc:42 removed", "FROM quay.io/fedora/fedora-bootc:43 added"],
    ],
    [
      "the image builder",
      { recipe: { ...identity.recipe, builder: { ...identity.recipe.builder, digest: digest("a") } } },
      ["image builder quay.io/a/bib:latest moved from sha256:bbbbbbbbbbbb… to sha256:aaaaaaaaaaaa…"],
    ],
    [
      "the recipe",
      { recipe: { ...identity.recipe, rootfs: "ext4", args: [], config: "x" } },
      [
        "root file system changed from xfs to ext4",
        'image builder\'s arguments changed from "--x" to ""',
        "image builder's configuration changed",
      ],
    ],
    [
      "the arguments and the Containerfile",
      { source: { ...identity.source, containerfile: "B", buildArgs: { V: "43", W: "1" } } as Identity["source"] },
      ["Containerfile changed from Containerfile to B", "build argument V changed", "build argument W added"],
    ],
    [
      "the target",
      { source: { ...identity.source, target: "slim" } as Identity["source"] },
      ["target changed from the last stage to slim"],
    ],
    [
      "the kind of source",
      { source: { kind: "image", reference: "quay.io/a/b:1", digest: digest("1") }, from: {} },
      ["source changed from context images/x to image quay.io/a/b:1", "FROM quay.io/fedora/fedora-bootc:42 removed"],
    ],
    ["how keys are made", { keyVersion: 2 }, ["build keys are made differently (version 1 before, 2 now)"]],
  ];
  it.each(reasons)("of %s says why", (_, change, expected) => {
    const planned = run({ ledger: g1, identity: { ...identity, ...change } });
    expect(planned).toMatchObject({ action: "new", reasons: expected });
    expect(planned.generations.map(({ id }) => id)).toEqual(["g2", "g1"]);
  });

  it("declares the generation before as the ledger has it, whatever the settings say now", () => {
    const elsewhere = settings(
      { x86_64: ["aws"] },
      { targets: { aws }, bootCheck: { boots: 1, timeoutMinutes: 1, checks: [] } },
    );
    const planned = run({ ledger: g1, identity: changed("d"), settings: elsewhere });
    expect(planned.generations[1]).toEqual(run().generations[0]);
    expect(planned.builds.map(({ key }) => key)).toEqual(planned.generations.map(({ images }) => images[0]?.key));
  });

  it("of the set of architectures is a new generation that shares the builds it can", () => {
    const both = settings({ x86_64: ["hypervisor"], aarch64: ["aws"] });
    const planned = run({ ledger: g1, settings: both });
    expect(planned).toMatchObject({ action: "new", reasons: ["architecture aarch64 added"] });
    expect(planned.generations.map(({ id }) => id)).toEqual(["g2", "g1"]);
    expect(planned.builds).toHaveLength(2);
    expect(planned.builds[0]).toEqual(run().builds[0]);

    const back = run({ ledger: ledgerAfter(planned, g1) });
    expect(back).toMatchObject({ action: "new", reasons: ["architecture aarch64 removed"], removed: ["g1"] });
  });

  it("removes what is no longer kept, but nothing that somebody uses", () => {
    let ledger = g1;
    for (const hash of ["1", "2"])
      ledger = ledgerAfter(run({ ledger, identity: changed(hash), settings: keep(9) }), ledger);
    const now = changed("3");
    const ids = ({ generations, removed }: Plan) => [generations.map(({ id }) => id), removed];
    expect(ids(run({ ledger, identity: now }))).toEqual([
      ["g4", "g3"],
      ["g2", "g1"],
    ]);
    expect(ids(run({ ledger, identity: now, settings: keep(3) }))).toEqual([["g4", "g3", "g2"], ["g1"]]);
    expect(ids(run({ ledger, identity: now, settings: keep(1) }))).toEqual([["g4"], ["g3", "g2", "g1"]]);
    expect(ids(run({ ledger, identity: now, inUse: ["g1"] }))).toEqual([["g4", "g3", "g1"], ["g2"]]);
    expect(ids(run({ ledger, identity: changed("2") }))).toEqual([["g3", "g2"], ["g1"]]);
  });
});

function keep(keepGenerations: number): PlanSettings {
  return settings(undefined, { keepGenerations });
}

describe("time", () => {
  const monthly = settings(undefined, { rebuildAfterDays: 30 });
  const ledger = ledgerAfter(run({ settings: monthly }));
  const due = new Date(NOW.getTime() + 30 * DAY_MS);
  const at = (seconds: number) => new Date(due.getTime() + seconds * 1000);

  it("does nothing one second early", () => {
    expect(run({ settings: monthly, ledger, now: at(-1) })).toMatchObject({ action: "unchanged", nextRefresh: due });
  });

  it.each([0, 1])("rebuilds %i seconds after it is due", (seconds) => {
    const planned = run({ settings: monthly, ledger, now: at(seconds) });
    expect(planned).toMatchObject({ action: "new", reasons: ["30 days since g1"] });
    expect(planned).not.toHaveProperty("nextRefresh");
    expect(planned.generations.map(({ id, refresh }) => [id, refresh])).toEqual([
      ["g2", 1],
      ["g1", 0],
    ]);
    expect(planned.builds).toHaveLength(2);
  });

  it("starts anew with the generation that it made, and a failure in between changes no name", () => {
    const planned = run({ settings: monthly, ledger, now: at(0) });
    expect(run({ settings: monthly, ledger, now: at(DAY_MS / 1000) })).toEqual(planned);
    const after = ledgerAfter(planned, ledger, due.toISOString());
    const next = run({ settings: monthly, ledger: after, now: at(1) });
    expect(next).toMatchObject({ action: "unchanged", nextRefresh: new Date(due.getTime() + 30 * DAY_MS) });
    expect(next.generations).toEqual(planned.generations);
    // Without the setting the counter stays where it is: nothing is rebuilt by taking it away.
    expect(run({ ledger: after, now: at(1) }).action).toBe("unchanged");
  });

  it("never rebuilds unless it is asked to", () => {
    const planned = run({ ledger, now: new Date("2099-01-01T00:00:00Z") });
    expect(planned.action).toBe("unchanged");
    expect(planned).not.toHaveProperty("nextRefresh");
  });
});

it("a target that is not there is named", () => {
  const broken = settings({ x86_64: ["aws"] }, { targets: { hypervisor } });
  expect(() => run({ settings: broken })).toThrow('target "aws" of x86_64 is not in the settings');
});
