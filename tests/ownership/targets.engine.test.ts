/** Runs for some targets only: what is not complete is no generation, and what is there is built no second time. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { innerStacks, ledger, liveImages, nothingLeft, rightBytes } from "./support/check";
import type { Values } from "./support/settings";
import type { Stack } from "./support/stack";
import { idOf } from "./support/wire";
import { OTHER_POOL, POOL, World } from "./support/world";

interface Unfinished {
  readonly generation: string;
  readonly images: { readonly hypervisor: { readonly x86_64: string } };
  readonly missing: readonly string[];
}

let world: World;
let stack: Stack;
/** Published by the run for one target. */
let image: string;

const volumes = (pool: string): string[] =>
  world.libvirt
    .virsh("vol-list", pool)
    .split("\n")
    .flatMap((line) => line.trim().split(/\s+/)[0] || []);
const unfinished = () => stack.pulumi.run("stack", "output", "unfinished", "--json", "--stack", stack.name);

beforeAll(async () => {
  world = await World.start();
  stack = world.stack({ publish: ["hypervisor"] });
  await stack.init();
  await stack.up();
});
afterAll(() => world.stop());

it("a run for one target of two publishes there, leaves the outputs alone, and says what is missing", async () => {
  const [host] = world.target("libvirt")["hosts"] as readonly Values[];
  const spare = { platform: "libvirt", hosts: [{ ...host, pool: OTHER_POOL }] };
  stack.source("second");
  stack.set({
    "targets.spare": spare,
    "architectures.x86_64.publish": ["hypervisor", "spare"],
    only: { targets: ["hypervisor"] },
  });
  const before = { ledger: await ledger(stack), images: await liveImages(world, stack) };
  expect(await stack.up()).toContain('left out by "only": x86_64 in spare/local');
  expect({ ledger: await ledger(stack), images: await liveImages(world, stack) }).toEqual(before);
  const output = await stack.pulumi.output<Unfinished>("unfinished");
  expect(output).toMatchObject({ generation: "g2", missing: ["x86_64 in spare/local"] });
  image = output.images.hypervisor.x86_64;
  expect(volumes(POOL)).toContain(image);
  expect(volumes(OTHER_POOL)).toEqual([]);
  expect(innerStacks(stack)).toEqual([]);
});

it("the next run for all goes on with it, without another build", async () => {
  stack.set({ only: undefined });
  world.wire.clear();
  await stack.up();
  expect(world.wire.kinds().map(idOf)).not.toContain("store: PUT builds/*.json");
  expect((await ledger(stack)).map(({ id }) => id)).toEqual(["g2", "g1"]);
  expect(volumes(POOL)).toContain(image);
  expect(volumes(OTHER_POOL)).toEqual([image]);
  expect(await rightBytes(world, stack)).toEqual([]);
  expect((await unfinished()).code).not.toBe(0);
});

it("a target that the settings no longer have is let go", async () => {
  stack.set({ "architectures.x86_64.publish": ["hypervisor"], "targets.spare": undefined });
  await stack.up();
  expect(volumes(OTHER_POOL)).toEqual([]);
  expect(volumes(POOL)).toContain(image);
});

it("destroying leaves nothing", async () => {
  await stack.destroy();
  expect(await nothingLeft(world, stack)).toEqual([]);
});
