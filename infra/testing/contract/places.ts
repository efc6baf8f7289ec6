/** What shared code relies on of the places that a platform publishes in. */
import { expect, it } from "vitest";
import type { Images } from "../../any-platform";
import { ARCHITECTURES, UnsupportedError, type Named } from "../../words";
import { temperOf, withoutTempers } from "../../temper";
import { asJson, at, named, put, STRANGER, type Settings } from "./settings";

export function placesOf(name: string, images: Images, settings: Settings): void {
  const target = named(name, images.target({}).parse(settings));
  const places = images.places(target).map((place) => named(name, place));

  it("are plain data that the ledger reads back as themselves", () => {
    expect(places.length).toBeGreaterThan(0);
    for (const place of places) expect(images.place.parse(asJson(place))).toEqual(place);
  });

  it("have names of their own, addresses of their own, and stand where the settings say", () => {
    expect(new Set(places.map(images.placeName)).size).toBe(places.length);
    expect(new Set(places.map(images.address)).size).toBe(places.length);
    for (const address of places.map(images.address)) expect(address.startsWith(`${name} `)).toBe(true);
    for (const index of places.keys()) expect(at(settings, images.path(index))).toBeTypeOf("object");
  });

  it("may be paused, and the platform sees nothing of it", () => {
    const paused = { until: "2026-12-05", reason: "its disks are replaced" };
    const wanted = places.reduce<unknown>((all, _place, index) => {
      return put(all, images.path(index), { ...(at(settings, images.path(index)) as Settings), paused });
    }, settings);
    const { rest, said } = withoutTempers(wanted, images.path);
    expect(rest).toEqual(settings);
    expect(said.map(({ path }) => path)).toEqual(places.map((_place, index) => images.path(index)));
    expect(said.map(({ value }) => temperOf(new Date("2026-11-27T00:00:00Z")).parse(value))).toEqual(
      places.map(() => ({ paused })),
    );
  });

  it("share an entry in the output only where they share the id", () => {
    const entries = places.map((place) => images.output(place));
    if (!images.sharesIds) expect(new Set(entries).size).toBe(places.length);
  });

  it("say what a boot in them is evidence of, without names and tags", () => {
    for (const place of places) {
      const said = images.bootedIn(place, images.arch(place) ?? "x86_64");
      expect(said).toMatchObject({ platform: name });
      expect(Object.keys(said)).not.toContain("tags");
    }
  });

  it("hold known architectures, and the pool manager is told of an image by its id", () => {
    for (const arch of places.flatMap((place) => images.arch(place) ?? [])) expect(ARCHITECTURES).toContain(arch);
    expect(images.argument("the-id")).toContain("the-id");
    expect(images.kept.what).toMatch(/\S/);
    for (const place of places) expect(images.tries(place).every((text) => text !== "")).toBe(true);
  });

  it("have forms that jobs can carry, or need none", () => {
    const { form } = images;
    if (form === undefined) return;
    for (const place of places) {
      const wanted = named(name, form.of(place));
      expect(form.schema.parse(asJson(wanted))).toEqual(wanted);
      expect(form.where(wanted)).toMatch(/\S/);
      expect(form.access(wanted)).not.toBe("");
    }
    expect(() => form.of(STRANGER)).toThrow(UnsupportedError);
    expect(() => form.where(STRANGER)).toThrow(UnsupportedError);
  });

  it("of another platform are refused by its name, whatever is asked", () => {
    const refused = `platform "${name}" has no place of platform "another"`;
    const questions: ((place: Named) => unknown)[] = [images.placeName, images.address, images.output, images.arch];
    for (const ask of [...questions, images.tries]) expect(() => ask(STRANGER)).toThrow(refused);
    expect(() => images.bootedIn(STRANGER, "x86_64")).toThrow(refused);
    expect(() => images.places(STRANGER)).toThrow(UnsupportedError);
  });
}
