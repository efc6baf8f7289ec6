/**
 * Runs cut at every boundary between "grant given" and "owner written" (support/boundaries.ts lists them): whatever the run
 * had made by then, the next one knows it.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BOUNDARIES, type Boundary } from "./support/boundaries";
import { innerStacks, ledger, nothingLeft } from "./support/check";
import { cutWhen } from "./support/kill";
import { things } from "./support/left";
import type { Stack } from "./support/stack";
import { World } from "./support/world";

let world: World;

beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

/** Starts a run with a source of its own; the first digits of its key. */
async function cutAt(stack: Stack, { name, when }: Boundary): Promise<string> {
  stack.source(name);
  const { cut, text } = await cutWhen(world, stack, stack.pulumi.startUp(), when(world, stack));
  if (!cut) throw new Error(`the run never came to the boundary "${name}":\n${text}`);
  return /-g\d+-([0-9a-f]{8})/.exec(text)?.[1] ?? "none";
}

describe("after a run that was cut, destroy leaves an empty store, account and pool", () => {
  let stack: Stack;
  beforeAll(async () => {
    await world.reset();
    stack = world.stack();
    await stack.init();
  });

  it.each(BOUNDARIES)("cut when $name", async (boundary) => {
    await cutAt(stack, boundary);
    await stack.destroy();
    const left = await nothingLeft(world, stack);
    // The next boundary begins with nothing, whatever this one left.
    await world.reset();
    stack.forgetInner();
    expect(left).toEqual([]);
  });
});

describe("after runs that were cut, up with a changed source", () => {
  let stack: Stack;
  /** By the first digits of the key: where the run of that source was cut. */
  const cuts = new Map<string, string>();

  beforeAll(async () => {
    await world.reset();
    stack = world.stack({ name: "staging" });
    await stack.init();
    for (const boundary of BOUNDARIES) cuts.set(await cutAt(stack, boundary), boundary.name);
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
