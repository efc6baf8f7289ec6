/**
 * A stack that the version before identities made (recorded with that version's code): today's takes its things over, and
 * builds, deletes and replaces nothing.
 */
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { innerStacks, ledger, nothingLeft, rightBytes } from "./support/check";
import { things } from "./support/left";
import { playBack } from "./support/recording";
import type { Stack } from "./support/stack";
import { World } from "./support/world";

/** Calls that give a thing its owner, and change nothing else of it. */
const MARKS = /^(CreateTags|StoragePoolRefresh$|PUT (\S*owner|stacks\/|offers\/))/;
/** What says whose the things are. */
const OWNERS = /^left: (object (offers|stacks)\/|volume \S+\.owner$)/;

let world: World;
let stack: Stack;
let before: string[];

beforeAll(async () => {
  world = await World.start();
  stack = world.stack();
  await stack.init();
  await playBack(world, stack, join(__dirname, "recorded", "before-ownership"));
  before = await things(world);
  world.wire.clear();
});
afterAll(() => world.stop());

it("up builds, deletes and replaces nothing, and gives what is there its owner", async () => {
  const published = (await ledger(stack))[0]?.published;
  const text = await stack.up();
  expect(text).not.toMatch(/\d+ (replaced|deleted)|EphemeralStack \S+ creating/);
  const calls = world.wire.calls.map(({ name }) => name);
  expect(calls.filter((name) => !MARKS.test(name))).toEqual([]);
  expect(Object.values((await ledger(stack))[0]?.published ?? {}).sort()).toEqual(
    Object.values(published ?? {}).sort(),
  );
  const more = (await nothingLeft(world, stack, before)).filter((one) => !OWNERS.test(one));
  expect([...(await rightBytes(world, stack)), ...more]).toEqual([]);
});

it("a second up changes nothing", async () => {
  world.wire.clear();
  const text = await stack.up();
  expect(text).not.toMatch(/\d+ (created|updated|replaced|deleted)/);
  expect(world.wire.calls).toEqual([]);
  expect(innerStacks(stack)).toEqual([]);
});

it("destroy deletes all of it", async () => {
  await stack.destroy();
  expect(await nothingLeft(world, stack)).toEqual([]);
});
