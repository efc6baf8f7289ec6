import { describe, expect, it } from "vitest";
import type { PlaceView, SeenImage } from "../../infra/platform";
import { placeAddress } from "../../infra/specs";
import { aws, hypervisor, identity, NOW, settings, succeeded } from "./fixtures";
import { plan } from "./plan";
import { compareWithReality, formerKey, resourceName, type RealityInputs } from "./reality";
import type { GenerationPlan, LedgerEntry } from "./types";

const OWN = "abcdefgh2345";
const TOKEN = "token";
const WHERE: Readonly<Record<string, string>> = {
  "libvirt qemu+ssh://vmhost-01/system images": "libvirt-1",
  "libvirt qemu+ssh://vmhost-02/system images": "libvirt-2",
  "libvirt qemu+ssh://root@vmhost-01.example.org/system images": "libvirt-1",
  "aws us-east-1": "aws-123456789012-us-east-1",
};

const wish = settings({ x86_64: ["hypervisor", "aws"] });
const planned = () => plan({ settings: wish, identity, ledger: [], now: NOW }).generations;
const current = planned()[0]!;
const name = current.images[0]!.name;

/** As a run of this version leaves it: every place with what it is. */
function entryOf(generation: GenerationPlan): LedgerEntry {
  const images = generation.images.map((image) => ({
    ...image,
    places: image.places.map((place) => ({ ...place, identity: WHERE[placeAddress(place.spec)]! })),
  }));
  return succeeded({ ...generation, images }, NOW.toISOString());
}

const seen = (more: Partial<SeenImage> = {}): SeenImage => ({ name, imageId: name, owner: OWN, whole: true, ...more });

/** Every place has these images, but for those that are said. */
function compare(
  images: readonly SeenImage[],
  more: Partial<RealityInputs> & { readonly at?: Readonly<Record<string, PlaceView | Error>> } = {},
) {
  const { at = {}, ...inputs } = more;
  const views = new Map<string, PlaceView | Error>(
    Object.entries(WHERE).map(([address, place]) => [address, { identity: place, images }]),
  );
  for (const [address, view] of Object.entries(at)) views.set(address, view);
  const generations = planned();
  return compareWithReality({
    ...{
      generations,
      ledger: [entryOf(current)],
      views,
      identity: OWN,
      goneDisks: new Set(),
      takesOver: false,
      token: TOKEN,
    },
    ...inputs,
  });
}

const places = ({ generations }: { readonly generations: readonly GenerationPlan[] }) =>
  generations[0]!.images.flatMap((image) =>
    image.places.map((place) => ({ ...place, resource: resourceName(image, place) })),
  );

describe("a state that was lost", () => {
  const taken = (result: ReturnType<typeof compare>) => places(result).map(({ takenOver = false }) => takenOver);

  it("takes over what is there as it is, and knows that from then on", () => {
    const first = compare([seen()], { ledger: [], takesOver: true });
    expect(taken(first)).toEqual([true, true, true]);
    const then = { ...entryOf(current), images: first.generations[0]!.images };
    expect(taken(compare([seen()], { ledger: [then] }))).toEqual([true, true, true]);
    // What is made again is made as ever.
    expect(taken(compare([], { ledger: [then] }))).toEqual([false, false, false]);
    expect(taken(compare([], { ledger: [], takesOver: true }))).toEqual([false, false, false]);
  });
});

describe("names", () => {
  it("come from what a place is, whatever the settings call it", () => {
    expect(places(compare([seen()])).map(({ resource }) => resource)).toEqual([
      `${name}.libvirt-1`,
      `${name}.libvirt-2`,
      `${name}.aws-123456789012-us-east-1`,
    ]);
    const renamed = settings({ x86_64: ["renamed", "amazon"] }, { targets: { renamed: hypervisor, amazon: aws } });
    const generations = plan({ settings: renamed, identity, ledger: [entryOf(current)], now: NOW }).generations;
    const names = (reality: ReturnType<typeof compare>) => places(reality).map(({ resource }) => resource);
    expect(names(compare([seen()], { generations }))).toEqual(names(compare([seen()])));
    expect(compare([seen()], { generations })).toMatchObject({ findings: [], notes: [] });
  });

  it("of the version before are told, by place and not by name", () => {
    const before = succeeded(current, NOW.toISOString());
    const renamed = settings({ x86_64: ["renamed"] }, { targets: { renamed: hypervisor } });
    const { generations } = plan({ settings: renamed, identity, ledger: [before], now: NOW });
    const { formerNames, findings } = compare([seen({ owner: undefined } as never)], { generations, ledger: [before] });
    const [image] = generations[0]!.images;
    expect(formerNames.get(formerKey(image!, image!.places[0]!))).toBe(`${name}.hypervisor.vmhost-01`);
    // It marked nothing: what its ledger has is ours.
    expect(findings).toEqual([]);
    expect(compare([seen()]).formerNames.size).toBe(0);
  });

  it("are remembered for a place that does not answer", () => {
    const reality = compare([seen()], { at: { "libvirt qemu+ssh://vmhost-01/system images": new Error("no route") } });
    expect(places(reality)[0]?.identity).toBe("libvirt-1");
    expect(reality.unseen).toEqual([]);
    expect(reality.notes).toEqual([`can't look whether ${name} is in hypervisor/vmhost-01: no route`]);
    const fresh = compare([], {
      ledger: [],
      at: { "libvirt qemu+ssh://vmhost-01/system images": new Error("no route") },
    });
    expect(fresh.unseen).toMatchObject([{ place: { id: "hypervisor/vmhost-01" }, reason: "no route" }]);
  });

  it("say what somebody has taken from an image since, and are left as they are", () => {
    const { notes, findings, generations } = compare([seen({ lacks: "is not public any more" })]);
    expect(notes).toHaveLength(3);
    expect(notes[0]).toBe(`${name} in hypervisor/vmhost-01 is not public any more`);
    expect([findings, places({ generations }).map(({ remade }) => remade)]).toEqual([
      [],
      [undefined, undefined, undefined],
    ]);
  });
});

describe("what is in the way", () => {
  const strangers: readonly [string, SeenImage, Partial<RealityInputs>, string][] = [
    ["another stack's", seen({ owner: "zzzzzzzz2222" }), { ledger: [] }, "the identity zzzzzzzz2222"],
    ["nobody's", { name, imageId: "x", whole: true }, { ledger: [] }, "bears no mark of this stack"],
    ["one that took our image's place", { name, imageId: "x", whole: true }, {}, "replaced or changed by somebody"],
    ["anything, before the first run", seen(), { ledger: [], identity: undefined }, `the identity ${OWN}`],
  ];
  it.each(strangers)("%s is found before anything is made", (_what, image, inputs, says) => {
    const { findings } = compare([image], inputs);
    expect(findings).toHaveLength(3);
    expect(findings[0]?.path).toBe("targets.hypervisor");
    expect(findings[0]?.problem).toContain(says);
  });

  it("images of our own, made by a run that was cut off, are not", () => {
    const reality = compare([seen({ imageId: "ami-7" })], { ledger: [] });
    expect(reality).toMatchObject({ findings: [], notes: [] });
    // They stay, each in its place.
    expect([...reality.there.values()]).toEqual(["ami-7", "ami-7", "ami-7"]);
    expect(compare([seen({ whole: false })]).there.size).toBe(0);
  });

  it("one place under two names is, by name", () => {
    const reality = compare([seen()], {
      at: { "libvirt qemu+ssh://vmhost-02/system images": { identity: "libvirt-1", images: [seen()] } },
      ledger: [],
    });
    expect(reality.findings).toHaveLength(1);
    expect(reality.findings[0]?.problem).toBe(
      "hypervisor/vmhost-02 is the same place as hypervisor/vmhost-01, in other words",
    );
  });
});

describe("what is lost", () => {
  const gone = { "libvirt qemu+ssh://vmhost-01/system images": { identity: "libvirt-1", images: [] } };

  it("is made again from the store, and nothing else is", () => {
    const reality = compare([seen()], { at: gone });
    expect(places(reality).map(({ remade }) => remade)).toEqual([TOKEN, undefined, undefined]);
    expect(reality.notes[0]).toContain(`${name} is lost in hypervisor/vmhost-01`);
    expect(reality.rebuild).toBeUndefined();
  });

  it("is built again where the disk is gone too", () => {
    const goneDisks = new Set([current.images[0]!.key]);
    const { rebuild } = compare([seen()], { at: gone, goneDisks });
    expect(rebuild).toContain(`${name} in hypervisor/vmhost-01 is lost`);
    const again = plan({ settings: wish, identity, ledger: [entryOf(current)], now: NOW, rebuild: rebuild! });
    expect(again).toMatchObject({ action: "new", reasons: [rebuild] });
    expect(again.generations[0]?.images[0]?.key).not.toBe(current.images[0]?.key);
    // The disk alone hurts nobody.
    expect(compare([seen()], { goneDisks })).toMatchObject({ notes: [], findings: [] });
    expect(compare([seen()], { goneDisks }).rebuild).toBeUndefined();
  });

  it("for good, in an older generation, is dropped there", () => {
    const ledger = [entryOf(current)];
    const changedSource = {
      ...identity,
      source: { ...identity.source, hash: "d".repeat(64) } as typeof identity.source,
    };
    const { generations } = plan({ settings: wish, identity: changedSource, ledger, now: NOW });
    const goneDisks = new Set([current.images[0]!.key]);
    const reality = compare([seen()], { generations, ledger, at: gone, goneDisks });
    expect(reality.generations[1]!.images[0]!.places.map(({ id }) => id)).not.toContain("hypervisor/vmhost-01");
    expect(reality.notes.at(-1)).toContain("lost for good");
  });

  it("is half made where a killed run left it, and stays marked until the next run makes it again", () => {
    const reality = compare([seen({ whole: false })], { ledger: [] });
    expect(places(reality).map(({ remade }) => remade)).toEqual([TOKEN, TOKEN, TOKEN]);
    const remembered = { ...entryOf(current) };
    const images = remembered.images.map((image) => ({
      ...image,
      places: image.places.map((place) => ({ ...place, remade: "earlier" })),
    }));
    const later = compare([seen()], { ledger: [{ ...remembered, images }] });
    expect(places(later).map(({ remade }) => remade)).toEqual(["earlier", "earlier", "earlier"]);
  });
});

describe("older generations", () => {
  it("are reached as the settings say today", () => {
    const ledger = [entryOf(current)];
    const hosts = hypervisor.platform === "libvirt" ? hypervisor.hosts : [];
    const uri = "qemu+ssh://root@vmhost-01.example.org/system";
    const moved = {
      platform: "libvirt" as const,
      hosts: hosts.map((host, index) => (index === 0 ? { ...host, uri } : host)),
    };
    const wanted = settings({ x86_64: ["hypervisor"] }, { targets: { hypervisor: moved } });
    const changedSource = {
      ...identity,
      source: { ...identity.source, hash: "d".repeat(64) } as typeof identity.source,
    };
    const { generations } = plan({ settings: wanted, identity: changedSource, ledger, now: NOW });
    const reality = compare([seen()], { generations, ledger });
    expect(reality.generations[1]!.images[0]!.places[0]).toMatchObject({ identity: "libvirt-1", spec: { uri } });
  });

  it("a new machine under an old name is another place", () => {
    const reality = compare([], {
      at: { "libvirt qemu+ssh://vmhost-01/system images": { identity: "libvirt-9", images: [] } },
    });
    expect(places(reality)[0]).toMatchObject({ identity: "libvirt-9" });
    expect(places(reality)[0]?.remade).toBeUndefined();
  });
});
