import { describe, expect, it } from "vitest";
import { fakeStore, type FakeStore } from "../../provider/fake-store";
import { aws, identity as sources, ledgerAfter, NOW, settings } from "../../model/plan/fixtures";
import { plan, type LedgerEntry } from "../../model/plan";
import type { PlaceView } from "../../infra/platform";
import type { Tempers } from "../../infra/temper";
import type { Look } from "./look";
import { planForReality } from "./plan";

const OWN = "abcdefgh2345";
const inputs = { settings: settings(), identity: sources, now: NOW };
const first = plan({ ...inputs, ledger: [] });
const { name, key } = first.generations[0]!.images[0]!;

/** As a run of this version leaves it. */
const ledger: LedgerEntry[] = ledgerAfter(first).map((entry) => ({
  ...entry,
  images: entry.images.map((image) => ({
    ...image,
    places: image.places.map((place) => ({ ...place, identity: `libvirt-${place.id.slice(-2)}` })),
  })),
  disks: Object.fromEntries(Object.entries(entry.disks).map(([k, facts]) => [k, { ...facts, folder: OWN }])),
}));

const seeing =
  (hosts: Readonly<Record<string, readonly string[] | Error>>): Look =>
  (place) => {
    const host = place.platform === "libvirt" ? place.host : "";
    const names = hosts[host] ?? [];
    if (names instanceof Error) return Promise.reject(names);
    const images = names.map((one) => ({ name: one, imageId: one, owner: OWN, whole: true }));
    return Promise.resolve<PlaceView>({ identity: `libvirt-${host.slice(-2)}`, images });
  };

const planned = (look: Look, store: FakeStore, more: { ledger?: LedgerEntry[]; isPreview?: boolean } = {}) =>
  planForReality({
    inputs: { ...inputs, ledger: more.ledger ?? ledger },
    store: { bucket: "b", region: "r" },
    ...{ identity: OWN, stack: "devel", look, openStore: () => store, isPreview: more.isPreview ?? false },
  });

const disk = { [`disks/${OWN}/${key}.raw.zst`]: "disk" };

describe("a plan for what there is", () => {
  it("is the plan, where all is as it should be", async () => {
    const found = await planned(seeing({ "vmhost-01": [name], "vmhost-02": [name] }), fakeStore(disk));
    expect(found).toMatchObject({ planned: { action: "unchanged" }, findings: [], notes: [] });
  });

  it("makes a lost image again from the store", async () => {
    const { planned: plan, notes } = await planned(seeing({ "vmhost-01": [name] }), fakeStore(disk));
    expect(plan.action).toBe("unchanged");
    expect(plan.generations[0]!.images[0]!.places.map(({ remade }) => remade)).toEqual([undefined, NOW.toISOString()]);
    expect(notes).toEqual([`${name} is lost in hypervisor/vmhost-02, where ${name} was: it is made again`]);
  });

  it("builds where disk and image are lost, and says why", async () => {
    const { planned: plan } = await planned(seeing({ "vmhost-01": [name] }), fakeStore({}));
    expect(plan.action).toBe("new");
    expect(plan.reasons[0]).toMatch(/^copr-builder-\S+ in hypervisor\/vmhost-02 is lost, and the disk is gone/);
    expect(plan.builds.map(({ key }) => key)).toEqual([plan.generations[0]!.images[0]!.key, key]);
  });

  it("goes on saying why it builds when it is asked once more in the same run", async () => {
    const store = fakeStore({});
    const look = seeing({ "vmhost-01": [name] });
    const { rebuild = "nothing", planned: before } = await planned(look, store);
    const again = await planForReality({
      inputs: { ...inputs, ledger, rebuild },
      store: { bucket: "b", region: "r" },
      ...{ identity: OWN, stack: "devel", look, openStore: () => store, isPreview: false },
    });
    expect(again.rebuild).toBe(rebuild);
    expect(again.planned.generations.map(({ id, refresh }) => [id, refresh])).toEqual(
      before.generations.map(({ id, refresh }) => [id, refresh]),
    );
  });

  it("says that a disk is gone, and keeps what stands", async () => {
    const { planned: plan, notes } = await planned(seeing({ "vmhost-01": [name], "vmhost-02": [name] }), fakeStore({}));
    expect(plan.action).toBe("unchanged");
    expect(notes).toEqual([`the disk of build ${key.slice(0, 8)} is gone from the store; its images stand without it`]);
  });

  it("goes on beside a hypervisor that is down, but publishes nothing where it can't tell which place it is", async () => {
    const down = seeing({ "vmhost-01": [name], "vmhost-02": new Error("no route to host") });
    const known = await planned(down, fakeStore(disk));
    expect(known.findings).toEqual([]);
    expect(known.notes).toEqual([`can't look whether ${name} is in hypervisor/vmhost-02: no route to host`]);
    const unknown = await planned(down, fakeStore(disk), { ledger: [] });
    expect(unknown.findings).toEqual([]);
    expect(unknown.planned).toMatchObject({
      missing: ["x86_64 in hypervisor/vmhost-02"],
      down: [{ path: ["targets", "hypervisor", "hosts", 1], reason: "no route to host" }],
    });
    const [current] = unknown.planned.generations;
    expect(current?.images.flatMap(({ places }) => places.map(({ id }) => id))).toEqual(["hypervisor/vmhost-01"]);
    // It is not whole without it.
    expect(current?.behind).toBeUndefined();
    // A preview may be run where not everybody is let in.
    const preview = await planned(down, fakeStore(disk), { ledger: [], isPreview: true });
    expect(preview.findings).toEqual([]);
    expect(preview.planned).not.toHaveProperty("down");
  });

  it("publishes nowhere where no place answers, and says of each why", async () => {
    const down = seeing({ "vmhost-01": new Error("timeout"), "vmhost-02": new Error("no route to host") });
    const { findings } = await planned(down, fakeStore(disk), { ledger: [] });
    expect(findings.map(({ problem }) => problem)).toEqual([
      `can't look whether ${name} is in hypervisor/vmhost-01: timeout`,
      `can't look whether ${name} is in hypervisor/vmhost-02: no route to host`,
    ]);
  });

  it("keeps all older generations while a place is down: the new one is not complete", async () => {
    const other = { ...inputs, identity: { ...sources, from: {} }, ledger };
    const found = await planForReality({
      inputs: { ...other, settings: settings(undefined, { keepGenerations: 1 }) },
      store: { bucket: "b", region: "r" },
      ...{ identity: OWN, stack: "devel", openStore: () => fakeStore(disk), isPreview: false },
      look: seeing({ "vmhost-01": [name], "vmhost-02": new Error("no route to host") }),
    });
    expect(found.planned).toMatchObject({ action: "new", removed: [], missing: ["x86_64 in hypervisor/vmhost-02"] });
    expect(found.planned.generations.map(({ id }) => id)).toEqual(["g2", "g1"]);
  });

  it("asks nobody in a paused place, and takes what the ledger has there to be there", async () => {
    const asked: string[] = [];
    const look: Look = (place, names) => {
      asked.push(place.platform === "libvirt" ? place.host : "");
      return seeing({ "vmhost-01": [name] })(place, names);
    };
    const paused = { until: "2025-06-20", reason: "disks" };
    const found = await planForReality({
      inputs: { ...inputs, settings: settings(undefined, { tempers: { hypervisor: [{}, { paused }] } }), ledger },
      store: { bucket: "b", region: "r" },
      ...{ identity: OWN, stack: "devel", look, openStore: () => fakeStore(disk), isPreview: false },
    });
    expect(asked).toEqual(["vmhost-01"]);
    expect(found).toMatchObject({ findings: [], notes: [], planned: { action: "unchanged" } });
    expect([...found.there.values()]).toEqual([name, name]);
    // As it was: nothing of its resources changes.
    expect(found.planned.generations[0]?.images[0]?.places[1]).toEqual(ledger[0]?.images[0]?.places[1]);
  });

  it("goes on without a best-effort place that is down, and with it as soon as it answers", async () => {
    const down = { "vmhost-01": [], "vmhost-02": new Error("no route to host") };
    const run = (tempers: Tempers, hosts: Parameters<typeof seeing>[0]) =>
      planForReality({
        inputs: { ...inputs, settings: settings(undefined, { tempers }), ledger: [] },
        store: { bucket: "b", region: "r" },
        ...{ identity: OWN, stack: "devel", look: seeing(hosts), openStore: () => fakeStore({}), isPreview: false },
      });
    const free: Tempers = { hypervisor: [{}, { bestEffort: true }] };
    const without = await run(free, down);
    expect(without.findings).toEqual([]);
    expect([...without.unreached.values()]).toEqual(["no route to host"]);
    const [current] = without.planned.generations;
    expect(current?.images[0]?.places.map(({ id }) => id)).toEqual(["hypervisor/vmhost-01"]);
    expect(current?.behind).toMatchObject([{ place: { id: "hypervisor/vmhost-02" }, reason: "no route to host" }]);
    const answering = await run(free, { ...down, "vmhost-02": [] });
    expect(answering.planned).not.toHaveProperty("paused");
    // Without one that is required it is not complete; best-effort places hold it up if they are all there is.
    expect((await run({}, down)).planned.missing).toEqual(["x86_64 in hypervisor/vmhost-02"]);
    const all = { hypervisor: [{ bestEffort: true as const }, { bestEffort: true as const }] };
    const gone = await run(all, { "vmhost-01": new Error("timeout"), "vmhost-02": new Error("no route to host") });
    expect(gone.findings.map(({ path }) => path)).toEqual(["architectures.x86_64.publish"]);
  });

  it("finds a date of deprecation that has passed for what stands", async () => {
    const wanted = aws.platform === "aws" ? { ...aws, deprecateAfterDays: 7 } : aws;
    const before = plan({ settings: settings({ x86_64: ["aws"] }), identity: sources, now: NOW, ledger: [] });
    const [image] = before.generations[0]!.images;
    const seen = { name: image!.name, imageId: "ami-1", owner: OWN, whole: true };
    const { findings } = await planForReality({
      inputs: {
        settings: settings({ x86_64: ["aws"] }, { targets: { aws: wanted } }),
        identity: sources,
        now: new Date(NOW.getTime() + 10 * 24 * 60 * 60 * 1000),
        ledger: ledgerAfter(before),
      },
      store: { bucket: "b", region: "r" },
      ...{ identity: OWN, stack: "devel", openStore: () => fakeStore({}), isPreview: true },
      look: () => Promise.resolve<PlaceView>({ identity: "aws-1", images: [seen] }),
    });
    expect(findings.map(({ path }) => path)).toEqual(["targets.aws.deprecateAfterDays"]);
  });
});
