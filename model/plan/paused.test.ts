import { describe, expect, it } from "vitest";
import { targetSchema } from "../../infra/specs";
import type { Tempers } from "../../infra/temper";
import { imagePaths, imagesOutput } from "../outputs";
import { changed, hypervisor, identity, ledgerAfter, NOW, settings } from "./fixtures";
import { pausedTexts } from "./paused";
import { pausedFindings } from "./paused-findings";
import { plan, type PlanInputs, type PlanSettings } from "./plan";
import type { LedgerEntry, Plan } from "./types";

const paused = { paused: { until: "2025-06-20", reason: "its disks are replaced" } };
const SECOND: Tempers = { hypervisor: [{}, paused] };
const BOTH: Tempers = { hypervisor: [paused, paused] };

const farm = (tempers: Tempers, more: Partial<PlanSettings> = {}): PlanSettings =>
  settings(undefined, { keepGenerations: 1, tempers, ...more });

function run(tempers: Tempers, ledger: readonly LedgerEntry[], hash = "c", more: Partial<PlanInputs> = {}): Plan {
  return plan({ settings: farm(tempers), identity: changed(hash), ledger, now: NOW, ...more });
}

const places = ({ generations: [current] }: Plan) =>
  current?.images.flatMap((image) => image.places.map(({ id }) => id));
const ids = ({ generations }: Plan) => generations.map(({ id }) => id);
const behind = ({ generations: [current] }: Plan) =>
  current?.behind?.map(({ place, until, older }) => [place.id, until, older?.generation]);

const first = run({}, []);
const afterFirst = ledgerAfter(first);
const second = run(SECOND, afterFirst, "d");
const afterSecond = ledgerAfter(second, afterFirst);
const name = (planned: Plan, index = 0) => planned.generations[index]!.images[0]!.name;

describe("a paused place", () => {
  it("is left out of a new generation, which is whole without it and says what it has meanwhile", () => {
    expect(second).toMatchObject({ action: "new", missing: [], removed: [] });
    expect(places(second)).toEqual(["hypervisor/vmhost-01"]);
    expect(behind(second)).toEqual([["hypervisor/vmhost-02", "2025-06-20", "g1"]]);
    expect(second.generations[0]?.images[0]?.key).toBe(run({}, afterFirst, "d").generations[0]?.images[0]?.key);
  });

  it("keeps the generation that it has an image of, whatever keepGenerations says, for as long as it is paused", () => {
    expect(ids(second)).toEqual(["g2", "g1"]);
    const third = run(SECOND, afterSecond, "e");
    expect(ids(third)).toEqual(["g3", "g1"]);
    expect(third.removed).toEqual(["g2"]);
    expect(behind(third)).toEqual([["hypervisor/vmhost-02", "2025-06-20", "g1"]]);
  });

  it("changes nothing in the next run", () => {
    const again = run(SECOND, afterSecond, "d");
    expect(again).toMatchObject({ action: "unchanged", generations: second.generations, removed: [] });
  });

  it("gets the image of the generation that stands when the pause is taken away, and then the older one goes", () => {
    const healed = run({}, afterSecond, "d");
    expect(healed).toMatchObject({ action: "unchanged", removed: ["g1"] });
    expect(ids(healed)).toEqual(["g2"]);
    expect(places(healed)).toEqual(["hypervisor/vmhost-01", "hypervisor/vmhost-02"]);
    expect(healed.generations[0]).not.toHaveProperty("behind");
    expect(healed).not.toHaveProperty("paused");
  });

  it("that is paused once it has the image keeps it as it was published, whatever the settings say of it since", () => {
    const { hosts, ...more } = hypervisor as { platform: "libvirt"; hosts: readonly object[] };
    const moved = targetSchema({}).parse({ ...more, hosts: hosts.map((host) => ({ ...host, pool: "other" })) });
    const again = plan({
      settings: farm(SECOND, { targets: { hypervisor: moved } }),
      ...{ identity, ledger: afterFirst, now: NOW },
    });
    const pools = again.generations[0]!.images[0]!.places.map(({ spec }) => "pool" in spec && spec.pool);
    expect(pools).toEqual(["other", "images"]);
    expect(behind(again)).toBeUndefined();
  });

  it("without any image has nothing, and that is said", () => {
    const fresh = run(SECOND, []);
    expect(behind(fresh)).toEqual([["hypervisor/vmhost-02", "2025-06-20", undefined]]);
    expect(pausedTexts(fresh)).toEqual([
      "x86_64 in hypervisor/vmhost-02 is paused until 2025-06-20: its disks are replaced; it has no image yet, and g1 is whole without it",
    ]);
    const [entry] = ledgerAfter(fresh);
    expect(imagesOutput(entry)).toEqual({ hypervisor: { x86_64: name(fresh) } });
  });

  it("is said in every run, with what it has", () => {
    const says = "x86_64 in hypervisor/vmhost-02 is paused until 2025-06-20: its disks are replaced; ";
    expect(pausedTexts(run(SECOND, afterFirst))).toEqual([
      `${says.replace("x86_64 in ", "")}it has g1, and is left alone`,
    ]);
    expect(pausedTexts(second)).toEqual([`${says}it keeps ${name(first)} of g1, and g2 is whole without it`]);
    expect(pausedTexts(first)).toEqual([]);
  });

  it("is left alone also where these settings publish nothing there any more", () => {
    const two = settings({ x86_64: ["hypervisor"], ppc64le: ["hypervisor"] }, { keepGenerations: 1 });
    const before = ledgerAfter(plan({ settings: two, identity, ledger: [], now: NOW }));
    const power: Tempers = { hypervisor: [{}, {}, paused] };
    const next = run(power, before, "d");
    expect(next.removed).toEqual([]);
    expect(ids(next)).toEqual(["g2", "g1"]);
    expect(pausedTexts(next)).toEqual([
      "hypervisor/power-01 is paused until 2025-06-20: its disks are replaced; it is left alone",
    ]);
  });

  it("is missing in no run for some targets", () => {
    const only = { architectures: ["x86_64" as const] };
    expect(plan({ settings: farm(SECOND, { only }), identity, ledger: [], now: NOW }).missing).toEqual([]);
  });
});

describe("the outputs", () => {
  it("name what each place has: beside the entry that it shares with places that have a younger image", () => {
    const [entry] = afterSecond;
    const old = name(first);
    expect(imagesOutput(entry)).toEqual({
      hypervisor: { x86_64: name(second), "vmhost-02": { x86_64: old } },
    });
    expect(imagePaths(entry)).toEqual(["hypervisor.vmhost-02.x86_64", "hypervisor.x86_64"]);
  });

  it("have an entry of its own at its usual path", () => {
    const publish = { s390x: ["ibm_cloud"] } as const;
    const at = (tempers: Tempers, ledger: readonly LedgerEntry[], hash: string) =>
      plan({ settings: settings(publish, { tempers }), identity: changed(hash), ledger, now: NOW });
    const before = ledgerAfter(at({}, [], "c"));
    const [entry] = ledgerAfter(at({ ibm_cloud: [paused] }, before, "d"), before);
    const was = before[0]?.published["ibm_cloud/br-sao/s390x"];
    expect(imagesOutput(entry)).toMatchObject({ ibm_cloud: { br_sao: { s390x: was } } });
    expect(entry?.published).not.toHaveProperty("ibm_cloud/br-sao/s390x");
  });

  it("of a generation before name nothing that is gone since", () => {
    const keeps = farm({}, { keepGenerations: 2 });
    const healed = plan({ settings: keeps, identity: changed("e"), ledger: afterSecond, now: NOW });
    expect(ids(healed)).toEqual(["g3", "g2"]);
    const [, previous] = ledgerAfter(healed, afterSecond);
    expect(imagesOutput(previous)).toEqual({ hypervisor: { x86_64: name(second) } });
  });
});

describe("places that are all paused", () => {
  it("are nothing while nothing is to be built", () => {
    const again = run(BOTH, afterFirst);
    expect(again).toMatchObject({ action: "unchanged", generations: first.generations });
    expect(pausedFindings(again, afterFirst)).toEqual([]);
  });

  it("are a mistake where an image would be built for nobody", () => {
    expect(pausedFindings(run(BOTH, afterFirst, "d"), afterFirst)).toEqual([
      {
        path: "architectures.x86_64.publish",
        problem:
          "g2 would have no image of x86_64 anywhere: hypervisor/vmhost-01 is paused until 2025-06-20: its disks are replaced; " +
          "hypervisor/vmhost-02 is paused until 2025-06-20: its disks are replaced",
        remedy: expect.stringMatching(/^take the pause of one place away/) as string,
      },
    ]);
  });
});

describe("regions that copy from each other", () => {
  const regions = (...names: readonly string[]) =>
    targetSchema({}).parse({
      platform: "aws",
      regions: names.map((region) => ({ name: region, output: region, subnets: ["subnet-1"] })),
      operatorCidr: "203.0.113.7/32",
      uploadRole: "arn:aws:iam::123456789012:role/upload",
    });
  const cloud = (tempers: Tempers, ...names: readonly string[]) =>
    settings({ x86_64: ["aws"] }, { targets: { aws: regions(...names) }, tempers });
  const at = (wanted: PlanSettings, ledger: readonly LedgerEntry[], hash: string) =>
    plan({ settings: wanted, identity: changed(hash), ledger, now: NOW });
  const links = ({ generations: [current] }: Plan) =>
    current?.images[0]?.places.map(({ id, copyOf }) => [id, copyOf].map((one) => one?.split("/")[1]));

  const before = ledgerAfter(at(cloud({}, "us-east-1", "eu-west-1"), [], "c"));
  const pausedSource: Tempers = { aws: [paused] };

  it("have another source while theirs is paused, and it copies from that one when it catches up", () => {
    const next = at(cloud(pausedSource, "us-east-1", "eu-west-1"), before, "d");
    expect(links(next)).toEqual([["eu-west-1", undefined]]);
    expect(next.builds[0]?.forms.map(({ where }) => where)).toEqual(["eu-west-1"]);
    const healed = at(cloud({}, "us-east-1", "eu-west-1"), ledgerAfter(next, before), "d");
    expect(links(healed)).toEqual([
      ["us-east-1", "eu-west-1"],
      ["eu-west-1", undefined],
    ]);
  });

  it("refuse by path what would have to be copied from a paused one", () => {
    const wanted = cloud(pausedSource, "us-east-1", "eu-west-1", "us-west-2");
    const added = at(wanted, before, "c");
    expect(pausedFindings(added, before)).toEqual([
      expect.objectContaining({
        path: "targets.aws",
        problem: expect.stringMatching(
          /^copr-builder-x86_64-g1-.{8} in aws\/us-west-2\/x86_64 is copied from aws\/us-east-1\/x86_64, which is paused until 2025-06-20: /,
        ) as string,
      }),
    ]);
  });
});

it("a place that is best-effort and can't be reached is left alone for this run", () => {
  const tempers: Tempers = { hypervisor: [{}, { bestEffort: true }] };
  const address = "libvirt qemu+ssh://vmhost-02/system images";
  const unreached = new Map([[address, "no route to host"]]);
  const planned = run(tempers, afterFirst, "d", { unreached });
  expect(behind(planned)).toEqual([["hypervisor/vmhost-02", undefined, "g1"]]);
  expect(pausedTexts(planned)[0]).toContain("is best-effort, and not reached: no route to host; it keeps");
  expect(places(run(tempers, afterFirst, "d"))).toEqual(["hypervisor/vmhost-01", "hypervisor/vmhost-02"]);
  // Who is required is waited for.
  expect(run({}, afterFirst, "d", { unreached })).not.toHaveProperty("paused");
});
