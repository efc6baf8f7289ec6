/** A platform that shared code has never heard of: the contract, and every way from settings to what a farm reads. */
import { vi } from "vitest";

// The one line that a new platform is.
vi.mock("../../infra/platforms", async (original) => ({
  ...(await original<object>()),
  fake: (await import("./index.ts")).fake,
}));

import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { resallocArguments } from "../../cli/images/resalloc";
import { hourOf, monthOf } from "../../cli/report/prices";
import { platformUses, preflight } from "../../components/preflight";
import { imagesOutput } from "../../model/outputs";
import { parseLedger, plan } from "../../model/plan";
import { changed, identity, succeeded } from "../../model/plan/fixtures";
import { readSettings, SettingsError } from "../../model/settings";
import { allResources } from "../../plugin/resources";
import { decode } from "../../provider/codec";
import { fakeCall } from "../../provider/fake-store";
import { parts } from "../../infra";
import { factsOf } from "../../policies/resource-facts";
import { contract } from "../../infra/testing/contract/suite";

const folder = mkdtempSync(join(tmpdir(), "fake-"));
const shelf = (name: string) => ({ name, folder: join(folder, name) });
const worker = { platform: "fake", folder };
const target = { platform: "fake", shelves: [shelf("shelf-a"), shelf("shelf-b")] };

contract("fake", { worker, target, needed: "folder" });

const source = {
  source: { context: "images/x" },
  disk: { builder: { image: "quay.io/a/b:1" } },
  store: { bucket: "builders", region: "us-east-1" },
  architectures: { s390x: { worker, publish: ["files"] } },
  targets: { files: target },
};

function settings(raw: object = source) {
  const read = readSettings({ source: raw as Record<string, unknown>, env: {} });
  if (read.mode !== "build") throw new Error("expected a building stack");
  return read;
}

describe("from settings to what a farm reads", () => {
  const planned = plan({ settings: settings(), identity, ledger: [], now: new Date("2026-11-26T12:00:00Z") });
  const [generation] = planned.generations;
  if (generation === undefined) throw new Error("the plan has no generation");
  const entry = succeeded(generation, "2026-11-26T12:00:00Z");

  it("its mistakes are said by path", () => {
    const wrong = { ...source, targets: { files: { platform: "fake", shelves: [{ name: "a" }] } } };
    expect(() => settings(wrong)).toThrow(SettingsError);
    expect(() => settings(wrong)).toThrow("targets.files.shelves[0].folder: missing; name the folder");
  });

  it("its places are planned, with a form for each", () => {
    expect(generation.images[0]?.places.map(({ id }) => id)).toEqual(["files/shelf-a/s390x", "files/shelf-b/s390x"]);
    expect(planned.builds[0]?.forms.map(({ id }) => id)).toEqual(["fake shelf-a", "fake shelf-b"]);
  });

  it("the ledger keeps it, the output and the pool manager name its images", () => {
    expect(parseLedger(JSON.parse(JSON.stringify([entry])))).toEqual([entry]);
    expect(imagesOutput(entry)).toMatchObject({ files: { "shelf-a": { s390x: expect.any(String) as string } } });
    const outputs = { images: {}, previousImages: {}, generations: [entry] };
    const shown = resallocArguments(outputs, { stack: "s", form: "resalloc", variable: "v", places: [] });
    expect(shown).toMatch(/^files\.shelf-b\.s390x\t--file copr-builder-s390x-g1-/m);
  });

  it("it is asked beforehand, priced in the report, and its images are images for the policies", async () => {
    const asked = [...platformUses(settings(), "s")].map(async ([name, use]) => (await parts(name)).preflight(use));
    const found = (await Promise.all(asked)).flat();
    expect(found.map(({ path }) => path)).toEqual(
      ["shelves[0]", "shelves[1]"].map((at) => `targets.files.${at}.folder`),
    );
    expect(hourOf("fake", "a folder")).toEqual({ kind: "listed", usd: 0.5, atMost: false });
    expect(monthOf({ platform: "fake", kind: "file", bytes: 2 ** 30 })).toBe(2);
    expect(factsOf({ type: "builders:index:FakeImage", props: {} })).toHaveProperty("image");
  });

  it("its places may be paused: they are not asked beforehand, and keep their older images in the outputs", async () => {
    const paused = { until: "2999-01-01", reason: "it is dusted" };
    const shelves = [shelf("shelf-a"), { ...shelf("shelf-b"), paused }];
    const store = { ...source.store, endpoint: "http://127.0.0.1:1" };
    const wanted = settings({ ...source, store, targets: { files: { platform: "fake", shelves } } });
    const found = await preflight(wanted, "s");
    expect(found.map(({ path }) => path).filter((path) => path.startsWith("targets"))).toEqual([
      "targets.files.shelves[0].folder",
    ]);
    const [next] = plan({ settings: wanted, identity: changed("d"), ledger: [entry], now: new Date() }).generations;
    if (next === undefined) throw new Error("the plan has no generation");
    expect(imagesOutput(succeeded(next, "2026-11-27T12:00:00Z"))).toMatchObject({
      files: { "shelf-b": { s390x: entry.published["files/shelf-b/s390x"] } },
    });
  });

  it("its resources are in the provider: an image is a file with its owner's mark, and goes with its resource", async () => {
    const handler = (await allResources())["builders:index:FakeImage"]?.handler;
    if (handler === undefined) throw new Error("the provider has no FakeImage");
    const value = { folder: join(folder, "shelf-a"), imageName: "i", sha256: "a", form: "{}", owner: "me" };
    const call = fakeCall("urn:pulumi:devel::p::builders:index:FakeImage::i");
    const { id } = await handler.create(decode(value), call);
    expect(readdirSync(join(folder, "shelf-a"))).toEqual(["i"]);
    expect(await handler.read(id, decode(value), call)).toEqual(value);
    await expect(handler.create(decode({ ...value, owner: "another" }), call)).rejects.toThrow("is somebody else's");
    await handler.delete(id, decode(value), call);
    await handler.delete(id, decode(value), call);
    expect(await handler.read(id, decode(value), call)).toBeUndefined();
  });
});
