/** Runs cut at every boundary, one after the other, each with another source: the run that ends knows what they have left. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BOUNDARIES } from "./support/boundaries";
import { innerStacks, ledger, nothingLeft } from "./support/check";
import { cutAt } from "./support/cut";
import { things } from "./support/left";
import type { Stack } from "./support/stack";
import { World } from "./support/world";

let world: World;

beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

describe("after runs that were cut, up with a changed source", () => {
  let stack: Stack;
  /** By the first digits of the key: where the run of that source was cut. */
  const cuts = new Map<string, string>();

  beforeAll(async () => {
    await world.reset();
    stack = world.stack({ name: "staging" });
    await stack.init();
    for (const boundary of BOUNDARIES) cuts.set(await cutAt(world, stack, boundary), boundary.name);
    stack.source("the last");
    await stack.up();
  });

  it("leaves nothing of any of them", async () => {
    const [current] = await ledger(stack);
    const own = current?.images[0]?.key.slice(0, 8) ?? "none";
    const all = [...(await things(world)), ...innerStacks(stack).map((name) => `stack ${name}`)];
    const left = [...cuts].flatMap(([key, boundary]) =>
      all.filter((one) => key !== own && one.includes(key)).map((one) => `cut when ${boundary}: ${one}`),
    );
    expect(left).toEqual([]);
  });

  it("and destroy leaves an empty store, account and pool", async () => {
    await stack.destroy();
    expect(await nothingLeft(world, stack)).toEqual([]);
  });
});
