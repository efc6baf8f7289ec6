/** A stack's whole life, undisturbed: what the other files' cases are held against. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { innerStacks, nothingLeft, rightBytes } from "./support/check";
import { EVERYWHERE } from "./support/platforms";
import type { Stack } from "./support/stack";
import { World } from "./support/world";

let world: World;
let stack: Stack;

beforeAll(async () => {
  world = await World.start();
  stack = world.stack({ publish: EVERYWHERE });
  await stack.init();
});
afterAll(() => world.stop());

it("publishes in every place what the store has, each booted", async () => {
  await stack.up();
  expect(await rightBytes(world, stack)).toEqual([]);
  expect(innerStacks(stack)).toEqual([]);
});

it("a second up changes nothing anywhere", async () => {
  world.wire.clear();
  await stack.up();
  expect(world.wire.calls).toEqual([]);
});

it("destroying leaves nothing", async () => {
  await stack.destroy();
  expect(await nothingLeft(world, stack)).toEqual([]);
});
