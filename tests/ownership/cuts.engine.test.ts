/**
 * Runs cut at every boundary between "grant given" and "owner written" (support/boundaries.ts lists them): whatever the run
 * had made by then, the next one knows it.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BOUNDARIES } from "./support/boundaries";
import { nothingLeft } from "./support/check";
import { cutAt } from "./support/cut";
import type { Stack } from "./support/stack";
import { World } from "./support/world";

let world: World;

beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

describe("after a run that was cut, destroy leaves an empty store, account and pool", () => {
  let stack: Stack;
  beforeAll(async () => {
    await world.reset();
    stack = world.stack();
    await stack.init();
  });

  it.each(BOUNDARIES)("cut when $name", async (boundary) => {
    await cutAt(world, stack, boundary);
    await stack.destroy();
    const left = await nothingLeft(world, stack);
    // The next boundary begins with nothing, whatever this one left.
    await world.reset();
    stack.forgetInner();
    expect(left).toEqual([]);
  });
});
