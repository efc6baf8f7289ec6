import { describe, expect, it } from "vitest";
import { changed, hypervisor, identity, ledgerAfter, NOW, settings, succeeded } from "./fixtures";
import { plan, type PlanInputs } from "./plan";
import type { LedgerEntry, Plan } from "./types";

const publish = { x86_64: ["hypervisor", "aws"], aarch64: ["aws"], ppc64le: ["hypervisor"] };
const all = settings(publish);
const only = (selection: PlanInputs["settings"]["only"]) => settings(publish, { only: selection });
const run = (change: Partial<PlanInputs> = {}): Plan =>
  plan({ settings: all, identity, ledger: [], now: NOW, ...change });
const places = ({ generations: [current] }: Plan) =>
  current?.images.map(({ arch, places: list }) => `${arch}: ${list.map(({ id }) => id).join(" ")}`);

const ledger = ledgerAfter(run());
const next = changed("d");

describe("a new generation, for some only", () => {
  it("of architectures: builds those, says what is missing, and lets nothing go", () => {
    const before = ledgerAfter(run({ ledger, identity: changed("e") }), ledger);
    const planned = run({ ledger: before, identity: next, settings: only({ architectures: ["aarch64"] }) });
    expect(planned.action).toBe("new");
    expect(places(planned)).toEqual(["aarch64: aws/us-east-1/aarch64"]);
    expect(planned.missing).toEqual([
      "x86_64 in hypervisor/vmhost-01",
      "x86_64 in hypervisor/vmhost-02",
      "x86_64 in aws/us-east-1/x86_64",
      "ppc64le in hypervisor/power-01",
    ]);
    expect(planned.generations.map(({ id }) => id)).toEqual(["g3", "g2", "g1"]);
    expect(planned.removed).toEqual([]);
    // The reasons are those of the whole generation: what is left out is no change of the source.
    expect(planned.reasons).toEqual(["context images/x changed"]);
  });

  it("of targets: an architecture that has none of them is not built", () => {
    const planned = run({ settings: only({ targets: ["aws"] }) });
    expect(places(planned)).toEqual(["x86_64: aws/us-east-1/x86_64", "aarch64: aws/us-east-1/aarch64"]);
    expect(planned.builds.map(({ arch }) => arch)).toEqual(["x86_64", "aarch64"]);
  });

  it("has the same names as the whole one, which goes on with it", () => {
    const part = run({ settings: only({ architectures: ["x86_64"] }) }).generations[0];
    expect(run().generations[0]?.images[0]).toEqual(part?.images[0]);
  });

  it("keeps what an earlier such run made, and is complete when nothing is missing", () => {
    const first = run({ ledger, identity: next, settings: only({ targets: ["aws"] }) });
    const unfinished = succeeded(first.generations[0]!, NOW.toISOString());
    const second = run({ ledger, identity: next, unfinished, settings: only({ targets: ["hypervisor"] }) });
    expect(second.missing).toEqual([]);
    expect(second.generations).toEqual(run({ ledger, identity: next }).generations);
    const halfway = run({ ledger, identity: next, unfinished, settings: only({ architectures: ["ppc64le"] }) });
    expect(places(halfway)).toEqual([
      "x86_64: aws/us-east-1/x86_64",
      "aarch64: aws/us-east-1/aarch64",
      "ppc64le: hypervisor/power-01",
    ]);
  });

  it("counts nothing that was made from another source", () => {
    const old = run({ ledger, identity: next, settings: only({ targets: ["aws"] }) });
    const unfinished = succeeded(old.generations[0]!, NOW.toISOString());
    const planned = run({ ledger, identity: changed("f"), unfinished, settings: only({ targets: ["hypervisor"] }) });
    expect(places(planned)).toEqual([
      "x86_64: hypervisor/vmhost-01 hypervisor/vmhost-02",
      "ppc64le: hypervisor/power-01",
    ]);
  });
});

describe("a generation that stands, for some only", () => {
  const [entry] = ledger as [LedgerEntry];

  it("is not touched where nothing is selected, whatever the settings say by now", () => {
    const hosts = hypervisor.platform === "libvirt" ? hypervisor.hosts.slice(1) : [];
    const moved = {
      ...all.targets,
      hypervisor: { ...hypervisor, hosts: hosts.map((host) => ({ ...host, pool: "new" })) },
    };
    const targets = moved as PlanInputs["settings"]["targets"];
    const planned = run({ ledger, settings: settings(publish, { targets, only: { targets: ["aws"] } }) });
    expect(planned).toMatchObject({ action: "unchanged", missing: [], removed: [] });
    const here = planned.generations[0]!.images.flatMap((image) => image.places);
    const before = entry.images.flatMap((image) => image.places);
    expect(here.map(({ id }) => id).sort()).toEqual(before.map(({ id }) => id).sort());
    expect(here.every((place) => place.spec.platform !== "libvirt" || place.spec.pool === "images")).toBe(true);
    const whole = run({ ledger, settings: settings(publish, { targets }) }).generations[0]!;
    expect(whole.images.flatMap((image) => image.places)).toHaveLength(before.length - 1);
  });

  it("gets the new places that are selected, and claims no others", () => {
    const narrow = ledgerAfter(
      run({ settings: settings({ x86_64: ["hypervisor"], aarch64: ["aws"], ppc64le: ["hypervisor"] }) }),
    );
    const planned = run({ ledger: narrow, settings: only({ architectures: ["aarch64"] }) });
    expect(planned.action).toBe("unchanged");
    expect(places(planned)?.[0]).toBe("x86_64: hypervisor/vmhost-01 hypervisor/vmhost-02");
    expect(planned.missing).toEqual(["x86_64 in aws/us-east-1/x86_64"]);
  });
});
