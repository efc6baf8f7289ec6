/**
 * The contract that every platform keeps: what shared code relies on, whatever the platform is. What is specific to one
 * stands beside its code.
 */
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Images, Workers } from "../../any-platform";
import type { AnyParts, Disk } from "../../platform";
import { platformNamed } from "../../specs";
import type { ContractFixture } from "./fixture";
import type { PolicyView } from "../../policy-facts";
import { ARCHITECTURES, UnsupportedError, type Arch, type Named } from "../../words";
import { jumpHosts } from "./jump-hosts";
import { declare, ofName, record, value } from "./mocks";
import { placesOf } from "./places";
import { expectForetold, expectImage, expectMachine, readAsPolicies } from "./policies";
import { asJson, named, STRANGER, without } from "./settings";

/** The definition as it is known of any platform. */
interface Subject {
  readonly workers: Workers;
  readonly images?: Images | undefined;
  readonly policyView: PolicyView<Named>;
}

const KEY = "ab".repeat(32);
const OWNER = { stack: "contract", identity: "abcdefgh2345" };
const FIRST = { number: 1, of: 2, madeFor: OWNER };
const STORE = { bucket: "builders", region: "us-east-1" };
const NOTHING = { workers: [], places: [] };

const PROVENANCE_SHA256 = "5a".repeat(32);

const disk: Omit<Disk, "form"> = {
  version: 1,
  key: KEY,
  arch: "x86_64",
  disk: { sizeBytes: 1 << 30, dataBytes: 1 << 20, sha256: "cd".repeat(32) },
  objects: {
    "raw.zst": { object: "disks/test/abab.raw.zst", sizeBytes: 1000 },
    "provenance.json": { object: "packages/test/abab.provenance.json", sizeBytes: 10, sha256: PROVENANCE_SHA256 },
  },
  worker: { platform: "libvirt", type: "2 vCPU, 3072 MiB" },
  imageDigest: `sha256:${"01".repeat(32)}`,
  builtAt: "2026-01-01T00:00:00Z",
  seconds: { prepare: 1, build: 1, disk: 1, upload: 1, commit: 1 },
};

async function partsOf(name: string): Promise<AnyParts> {
  const known = platformNamed(name);
  if (known === undefined) throw new Error(`infra/platforms.ts has no "${name}"`);
  return known.parts();
}

/** The contract's tests of one platform. */
export function contract(name: string, fixture: ContractFixture): void {
  fixture.prepare?.();
  afterAll(() => vi.unstubAllEnvs());
  const subject: Subject | undefined = platformNamed(name);
  if (subject === undefined) throw new Error(`infra/platforms.ts has no "${name}"`);
  const { workers, images } = subject;
  beforeAll(record);

  describe("its workers' settings", () => workerSettings(name, workers, fixture));
  it("promises known architectures only", () => {
    const promised = [...workers.architectures, ...(images?.architectures ?? [])];
    for (const one of promised) expect(ARCHITECTURES).toContain(one);
  });
  if (images) describe("its places", () => placesOf(name, images, target(name, fixture)));
  describe("what it does with machines", () => machines(name, subject, fixture));
  describe("behind a jump host", () => jumpHosts({ name, workers, images, parts: () => partsOf(name), fixture }));
  describe("what it does with images", () => (images ? publishes(name, images, fixture) : publishesNothing(name)));
  it("brings resources whose check names every input that is missing, and that policies know", () =>
    resources(name, subject.policyView));
}

function target(name: string, { target: settings }: ContractFixture) {
  if (settings === undefined) throw new Error(`${name} publishes, and its fixture has no target`);
  return settings;
}

function workerSettings(name: string, { schema, type, price, tries, at }: Workers, fixture: ContractFixture): void {
  const worker = named(name, schema({}).parse(fixture.worker));

  it("are plain data once they are read, and read as themselves", () => {
    expect(asJson(worker)).toEqual(worker);
    expect(schema({}).parse(worker)).toEqual(worker);
  });

  it("name a field that is missing and one that nobody knows, both at once, with what to do", () => {
    const { error } = schema({}).safeParse({ ...without(fixture.worker, fixture.needed), nonsense: 1 });
    const found = (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
    expect(found).toContainEqual(expect.stringMatching(new RegExp(`^${fixture.needed}: missing; .{4,}`)));
    expect(found).toContainEqual(expect.stringContaining("nonsense"));
  });

  it("say what kind of machine it is, for reports and for people who read of attempts", () => {
    expect(type(worker)).toMatch(/\S/);
    expect(["listed", "own", "unknown"]).toContain(price(type(worker)).kind);
    expect([0, 3]).toContain(tries(worker, 3).length);
    expect(at(worker, "/elsewhere")).toMatchObject({ platform: name });
  });

  it("of another platform are refused by its name", () => {
    const refused = `platform "${name}" has no worker of platform "another"`;
    expect(() => type(STRANGER)).toThrow(refused);
    expect(() => tries(STRANGER, 2)).toThrow(refused);
    expect(() => at(STRANGER, "/")).toThrow(refused);
  });
}

function machines(name: string, { workers, policyView }: Subject, fixture: ContractFixture): void {
  const { schema, architectures } = workers;
  const worker = named(name, schema({}).parse(fixture.worker));
  const [arch] = architectures;
  let does: AnyParts;
  beforeAll(async () => {
    does = await partsOf(name);
  });

  it("starts a worker whose host key is known and whose login key is secret", async () => {
    if (arch === undefined) throw new Error(`${name} has no architecture to build for`);
    const machine = declare(`${name}-worker`, (opts) => does.worker(`${name}-worker`, arch, worker, opts, FIRST));
    const { hostKey, host, port, privateKey } = machine.connection;
    expect(await value(hostKey)).toMatch(/^ssh-ed25519 /);
    expect(await value(host)).not.toBe("");
    expect(await value(port)).toBeGreaterThan(0);
    expect(await value(privateKey)).not.toBe("");
    expect(await pulumi.isSecret(pulumi.output(privateKey))).toBe(true);
    expect(await value(machine.machineId)).not.toBe("");
    // Only what we made may be powered off, and only that has a disk to format.
    expect(machine.ownMachine || machine.scratchDevice === undefined).toBe(true);
    // Policies read all that is declared, and what it is started from.
    const facts = readAsPolicies(name, `${name}-worker`);
    if (machine.ownMachine) expectMachine(facts, Number(worker["lifetimeMinutes"]));
    expectForetold(facts, policyView.worker(worker));
    expect(policyView.base(worker).kind).toBe(machine.ownMachine ? "image" : "machine");
    for (const read of [policyView.base, policyView.worker]) expect(() => read(STRANGER)).toThrow(UnsupportedError);
  });

  it("finds nothing missing where nothing of it is used", async () => {
    await expect(does.preflight(NOTHING)).resolves.toEqual([]);
  });

  it("refuses the specs of another platform by name", () => {
    expect(() => does.worker("w", "x86_64", STRANGER, {}, FIRST)).toThrow(UnsupportedError);
    expect(() => does.boot("b", { arch: "x86_64", imageId: "x", place: STRANGER, lifetimeMinutes: 1 }, {})).toThrow(
      UnsupportedError,
    );
    expect(() => does.publish("p", { ...published("x86_64"), place: STRANGER }, disk, {})).toThrow(UnsupportedError);
    const use = { path: "x", arch: "x86_64" as const, spec: STRANGER };
    expect(() => does.preflight({ workers: [use], places: [] })).toThrow(UnsupportedError);
  });
}

/** As a generation asks for it. */
function published(arch: Arch) {
  return {
    arch,
    imageName: `copr-builder-${arch}-g1-abababab`,
    owner: { identity: OWNER.identity, resource: `copr-builder-${arch}-g1-abababab.somewhere` },
    store: STORE,
  };
}

function publishesNothing(name: string): void {
  it("is nothing: it refuses, and has nothing to look for", async () => {
    const does = await partsOf(name);
    expect(() => does.publish("p", { ...published("x86_64"), place: { platform: name } }, disk, {})).toThrow(
      UnsupportedError,
    );
    expect([does.look, does.ownedTypes, does.owned]).toEqual([undefined, undefined, undefined]);
  });
}

function publishes(name: string, images: Images, fixture: ContractFixture): void {
  const [first] = images.places(named(name, images.target({}).parse(target(name, fixture))));
  const place = named(name, first ?? {});
  const arch = images.arch(place) ?? images.architectures[0] ?? "x86_64";
  let does: AnyParts;
  beforeAll(async () => {
    does = await partsOf(name);
  });

  it("publishes under the planned name what was built, with its owner's mark, as a resource that policies know", async () => {
    const spec = published(arch);
    const form = declare(`${name}-form`, (opts) => inForm(does, images, place, opts));
    const made = pulumi.output(form).apply((known) => ({ ...disk, ...(known && { form: known }) }));
    const image = declare(`${name}-image`, (opts) => does.publish(`${name}-image`, { ...spec, place }, made, opts));
    expect(await value(image.imageId)).not.toBe("");
    const said = JSON.stringify([...ofName(`${name}-image`), ...ofName(`${name}-form`)]);
    // What is published is checked against the disk that was built.
    for (const text of [spec.imageName, OWNER.identity, disk.disk.sha256]) expect(said).toContain(text);
    expectImage(readAsPolicies(name, `${name}-image`));
    readAsPolicies(name, `${name}-form`);
  });

  it("says in its tags where the disk comes from, but not of builds that were made before it did", async () => {
    const form = declare(`${name}-form`, (opts) => inForm(does, images, place, opts));
    const said = async (called: string, objects: Disk["objects"]) => {
      const made = pulumi.output(form).apply((known) => ({ ...disk, objects, ...(known && { form: known }) }));
      const spec = { ...published(arch), place };
      await value(declare(called, (opts) => does.publish(called, spec, made, opts)).imageId);
      return JSON.stringify(ofName(called));
    };
    const { sha256: _since, ...before } = disk.objects["provenance.json"] ?? { object: "", sizeBytes: 0 };
    const asBefore = await said(`${name}-before`, { ...disk.objects, "provenance.json": before });
    const now = await said(`${name}-now`, disk.objects);
    expect(asBefore).not.toContain("provenance");
    expect(now.includes(PROVENANCE_SHA256)).toBe(fixture.tagged ?? false);
    expect(now.replace(/,?"copr-builders-provenance(-sha256)?":"[^"]*"/g, "").replaceAll("-now", "-before")).toBe(
      asBefore,
    );
  });

  it("lets a worker write its form, where one does, and names what a second attempt goes on with", () => {
    const { form } = images;
    const wanted = named(name, form?.of(place) ?? { platform: name });
    if (form?.access(wanted) === undefined) {
      expect(() => does.form.begin(wanted, build(arch))).toThrow(UnsupportedError);
      return;
    }
    const upload = does.form.begin(wanted, build(arch));
    does.form.supply(`${name}-run`, [{ form: wanted, build: build(arch), upload }], WRITER, {});
    expect(form.continues.length).toBeGreaterThan(0);
  });

  it("boots what it published, by a machine of its own whose login key is secret", async () => {
    const spec = { arch, imageId: "the-image", place, madeFor: OWNER, lifetimeMinutes: 77 };
    const booted = declare(`${name}-boot`, (opts) => does.boot(`${name}-boot`, spec, opts));
    expect(await value(booted.connection.hostKey)).toMatch(/^ssh-ed25519 /);
    expect(await value(booted.machineId)).not.toBe("");
    expect(await pulumi.isSecret(pulumi.output(booted.connection.privateKey))).toBe(true);
    const said = JSON.stringify(ofName(`${name}-boot`));
    expect(said).toContain("the-image");
    // It ends by itself, whatever becomes of us.
    expect(said).toMatch(/\b77(min)?\b/);
    expectMachine(readAsPolicies(name, `${name}-boot`), 77);
  });

  it("can look at its places, and list what it owns, by types that a state can have", () => {
    expect(does.look).toBeTypeOf("function");
    expect(does.owned).toBeTypeOf("function");
    expect(does.ownedTypes?.length).toBeGreaterThan(0);
    for (const type of does.ownedTypes ?? []) expect(type).toMatch(/^\w+:[\w/]+:\w+$/);
  });
}

const WRITER = {
  connection: { host: "192.0.2.1", port: 22, user: "root", privateKey: "k", hostKey: "ssh-ed25519 AAAA" },
  ...{ machine: "m", program: "/p", folder: "/f", lifetimeMinutes: 60 },
};

function build(arch: Arch) {
  return { key: KEY, arch, ...OWNER, store: STORE, record: "builds/x", machine: "m" };
}

function inForm(does: AnyParts, images: Images, place: Named, opts: pulumi.ComponentResourceOptions) {
  if (images.form === undefined) return undefined;
  const form = named(place.platform, images.form.of(place));
  const args = { key: KEY, arch: "x86_64" as const, store: STORE, identity: OWNER.identity };
  return does.form.finish(`${place.platform}-form`, pulumi.output(disk), { form }, args, opts);
}

async function resources(name: string, { types }: PolicyView<Named>): Promise<void> {
  const open = await platformNamed(name)?.room();
  if (open === undefined) return;
  const nothing = (): never => {
    throw new Error("a check asks nobody");
  };
  const room = open({
    ...{ run: nothing, openStore: nothing, now: Date.now, env: {} },
    wait: { now: Date.now, sleep: () => Promise.resolve() },
  });
  for (const [token, { handler, schema }] of Object.entries(room.resources)) {
    expect(token).toMatch(/^builders:index:[A-Z]\w+$/);
    expect(Object.keys(types)).toContain(token);
    expect(Object.keys(schema.inputProperties)).toEqual(expect.arrayContaining([...schema.requiredInputs]));
    const missing = handler
      .check({ value: {}, secrets: [], unknowns: [] })
      .map(({ property = "" }) => property.split(/[.[]/)[0]);
    expect(missing).toEqual(expect.arrayContaining([...schema.requiredInputs]));
  }
}
