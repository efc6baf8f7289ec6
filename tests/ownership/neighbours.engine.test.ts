/** 200 neighbours with look-alike names, tags and prefixes in the store and on every platform: none is touched. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { BOUNDARIES, IBM_BOUNDARIES } from "./support/boundaries";
import { identity, imageDigest, ledger, nothingLeft } from "./support/check";
import { cutAt } from "./support/cut";
import { things } from "./support/left";
import { contents, moveIn } from "./support/neighbours";
import { forgetImages, owned } from "./support/owned";
import { EVERYWHERE, PUBLISHING } from "./support/platforms";
import type { Stack } from "./support/stack";
import { World } from "./support/world";

let world: World;
let stack: Stack;
/** The neighbours' things, and the content of those that are files. */
let theirs: string[];
let content: Record<string, string>;

beforeAll(async () => {
  world = await World.start();
  stack = world.stack({ publish: EVERYWHERE });
  stack.set({ keepGenerations: "1" });
  await stack.init();
  await stack.up();
  const [current] = await ledger(stack);
  const own = await things(world);
  const ownContent = contents(world);
  await moveIn(
    world,
    PUBLISHING.map(({ platform }) => platform),
    {
      identity: await identity(stack),
      stack: stack.name,
      image: current?.images[0]?.name ?? "none",
      key: current?.images[0]?.key.slice(0, 8) ?? "none",
    },
  );
  theirs = (await things(world)).filter((one) => !own.includes(one));
  content = Object.fromEntries(Object.entries(contents(world)).filter(([file]) => !(file in ownContent)));
});
afterAll(() => world.stop());

/** What of the neighbours' is gone or changed. */
async function touched(): Promise<string[]> {
  const now = await things(world);
  const files = contents(world);
  return [
    ...theirs.filter((one) => !now.includes(one)).map((one) => `gone: ${one}`),
    ...Object.keys(content).filter((file) => files[file] !== content[file]),
  ];
}

it("by an up that is cut while machines run, and the next, which sweeps and deletes a generation", async () => {
  expect(theirs.length).toBeGreaterThan(700);
  const atBoots = BOUNDARIES.filter(({ name }) => name.startsWith("a boot check's instance"));
  for (const boundary of [...atBoots, ...IBM_BOUNDARIES]) await cutAt(world, stack, boundary);
  await stack.up();
  expect(await touched()).toEqual([]);
});

it('by "owned --delete", which deletes what the state has lost', async () => {
  const published = Object.values((await ledger(stack))[0]?.published ?? {});
  expect(published.length).toBeGreaterThanOrEqual(PUBLISHING.length);
  await forgetImages(stack);
  const { code, text } = await owned(stack, "--delete");
  expect(code, text).toBe(0);
  for (const id of published) expect(text).toMatch(new RegExp(`deleted \\S+ (\\S+/)?${id} `));
  expect(await touched()).toEqual([]);
  for (const id of published) expect(await imageDigest(world, id)).toBe("gone");
});

it("by destroy, which leaves nothing but theirs", async () => {
  await stack.destroy();
  expect(await touched()).toEqual([]);
  expect(await nothingLeft(world, stack, theirs)).toEqual([]);
});
