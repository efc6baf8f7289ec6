/** A stack's whole life, undisturbed: what the other files' cases are held against. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { processes, things } from "./support/left";
import { type Stack } from "./support/stack";
import { idOf } from "./support/wire";
import { World } from "./support/world";

let world: World;
let stack: Stack;

beforeAll(async () => {
  world = await World.start();
  stack = await world.stack();
  await stack.init();
});
afterAll(() => world.stop());

it("builds, publishes everywhere, boots", async () => {
  const t = Date.now();
  console.log(await stack.up(), Date.now() - t);
  console.log(await things(world));
  console.log(world.wire.kinds().map(idOf));
  console.log(await stack.pulumi.output("images"));
});
it("a second up changes nothing", async () => {
  const t = Date.now();
  world.wire.clear();
  await stack.up();
  expect(world.wire.calls).toEqual([]);
  console.log(Date.now() - t);
});
it("destroying leaves nothing", async () => {
  const t = Date.now();
  await stack.destroy();
  console.log(Date.now() - t);
  expect(await things(world)).toEqual([]);
  expect(processes(world)).toEqual([]);
});
