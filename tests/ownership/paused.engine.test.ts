/**
 * A hypervisor in repair: really down, as its socket is away. The release goes on without it, nobody touches what it has, and
 * the next run after its pause heals it alone. The cases follow each other on one stack, which another one promotes from.
 */
import { renameSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { imageDigest, ledger, nothingLeft, rightBytes } from "./support/check";
import type { Values } from "./support/settings";
import type { Stack } from "./support/stack";
import { World } from "./support/world";

let world: World;
let stack: Stack;
let prod: Stack;
/** The volume of g1. */
let old: string;

beforeAll(async () => {
  world = await World.start();
  stack = world.stack();
  stack.set({ keepGenerations: "1" });
  await stack.init();
  await stack.up();
  old = (await published())["hypervisor/local"] ?? "none";
  prod = world.promoting("prod", stack);
  await prod.init();
});
afterAll(() => world.stop());

const until = (days: number): string => new Date(Date.now() + days * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);

function temper(temper: Values): void {
  const [host] = world.target("libvirt")["hosts"] as readonly Values[];
  stack.set({ "targets.hypervisor.hosts": [{ ...host, ...temper }] });
}

const socket = (): string => join(world.folder, "libvirt.sock");
const breakDown = (): void => renameSync(socket(), `${socket()}.away`);
const repair = (): void => renameSync(`${socket()}.away`, socket());

async function published(): Promise<Readonly<Record<string, string>>> {
  return (await ledger(stack))[0]?.published ?? {};
}
const ids = async (of: Stack): Promise<string[]> => (await ledger(of)).map(({ id }) => id);
const hypervisorImages = async (of: Stack): Promise<unknown> =>
  (await of.pulumi.output<{ readonly hypervisor: unknown }>("images")).hypervisor;
const called = (service: string): string[] =>
  world.wire.calls.filter((call) => call.service === service).map(({ name }) => name);
const builds = (): string[] => called("store").filter((name) => name.startsWith("PUT builds"));

it("an expired pause is a mistake that names it, before anything is asked", async () => {
  temper({ paused: { until: until(-1), reason: "its disks are replaced" } });
  breakDown();
  world.wire.clear();
  const { code, text } = await stack.pulumi.up();
  expect({ code, text }).toMatchObject({
    code: expect.not.toBeOneOf([0]) as number,
    text: expect.stringContaining(
      `targets.hypervisor.hosts[0].paused.until: ${until(-1)} is over; take \`paused\` away or give a later date`,
    ) as string,
  });
  expect(world.wire.calls).toEqual([]);
});

it("a generation is whole without a paused hypervisor, which keeps its image and its id in the outputs", async () => {
  temper({ paused: { until: until(1), reason: "its disks are replaced" } });
  stack.source("second");
  const { text: preview } = await stack.pulumi.preview();
  const said = await stack.up();
  for (const text of [preview, said]) {
    expect(text).toContain(`is paused until ${until(1)}: its disks are replaced; it keeps ${old} of g1`);
  }
  expect(await ids(stack)).toEqual(["g2", "g1"]);
  expect(Object.keys(await published()).sort()).toEqual(["aws/eu-west-1/x86_64", "aws/us-east-1/x86_64"]);
  expect(await rightBytes(world, stack)).toEqual([]);
  expect(await hypervisorImages(stack)).toEqual({ x86_64: old });
  expect(await imageDigest(world, old)).not.toBe("gone");
});

it("the next run changes nothing, and says it again", async () => {
  world.wire.clear();
  expect(await stack.up()).toContain(`is paused until ${until(1)}`);
  expect(world.wire.calls).toEqual([]);
});

it("who promotes it uses the older image there, and holds it", async () => {
  await prod.up();
  expect(await hypervisorImages(prod)).toEqual({ x86_64: old });
});

it("once it is back it is healed alone, without a build, and what production uses of it stays", async () => {
  temper({});
  repair();
  world.wire.clear();
  await stack.up();
  expect(builds()).toEqual([]);
  expect(called("aws")).toEqual([]);
  expect((await published())["hypervisor/local"]).toMatch(/-g2-/);
  expect(await rightBytes(world, stack)).toEqual([]);
  expect(await ids(stack)).toEqual(["g2", "g1"]);
  expect(await imageDigest(world, old)).not.toBe("gone");
});

it("what nobody uses any more goes then", async () => {
  await prod.up();
  expect(await hypervisorImages(prod)).toEqual({ x86_64: (await published())["hypervisor/local"] });
  await stack.up();
  expect(await ids(stack)).toEqual(["g2"]);
  expect(await imageDigest(world, old)).toBe("gone");
  await prod.destroy();
  await prod.pulumi.must("stack", "rm", "--yes", "--stack", prod.name);
});

it("a best-effort hypervisor that is down when a run begins holds it up as little, and is healed by the next", async () => {
  temper({ bestEffort: true });
  breakDown();
  stack.source("third");
  expect(await stack.up()).toContain("is best-effort, and not reached: ");
  expect(await ids(stack)).toEqual(["g3", "g2"]);
  repair();
  world.wire.clear();
  await stack.up();
  expect(builds()).toEqual([]);
  expect(await ids(stack)).toEqual(["g3"]);
  expect(await rightBytes(world, stack)).toEqual([]);
});

it("one that is waited for holds up its generation and nothing else: the next run does what is missing, alone", async () => {
  temper({});
  breakDown();
  stack.source("fourth");
  const { code, text } = await stack.pulumi.up();
  expect({ code, text }).toMatchObject({
    code: expect.not.toBeOneOf([0]) as number,
    text: expect.stringMatching(
      /hypervisor\/local is not reached; g4 gets everywhere else[^]*g4 is not complete; /,
    ) as string,
  });
  expect(await ids(stack)).toEqual(["g3"]);
  repair();
  world.wire.clear();
  await stack.up();
  expect(builds()).toEqual([]);
  // What g3 had goes, and nothing is made.
  expect(called("aws").filter((name) => /^(Register|Copy|Run|Start|Create(?!Tags))/.test(name))).toEqual([]);
  expect(await ids(stack)).toEqual(["g4"]);
  expect(await rightBytes(world, stack)).toEqual([]);
});

it("destroying names what is in a place that is down, and takes it along once that is back", async () => {
  temper({ paused: { until: until(1), reason: "its disks are replaced" } });
  breakDown();
  const { "hypervisor/local": name = "none" } = await published();
  const { code, text } = await stack.pulumi.run("destroy", "--yes", "--skip-preview", "--stack", stack.name);
  expect({ code, text }).toMatchObject({
    code: expect.not.toBeOneOf([0]) as number,
    text: expect.stringContaining(name) as string,
  });
  repair();
  await stack.destroy();
  expect(await nothingLeft(world, stack)).toEqual([]);
});
