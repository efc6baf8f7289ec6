/** Who uses a generation is asked at the moment of deleting, and who can't be asked stops that, and nothing else. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { identity, imageDigest, ledger } from "./support/check";
import { forgetImages, owned } from "./support/owned";
import type { Stack } from "./support/stack";
import { World } from "./support/world";

let world: World;
let devel: Stack;
let prod: Stack;

beforeAll(async () => {
  world = await World.start();
  devel = world.stack({ publish: ["hypervisor"] });
  devel.set({ keepGenerations: "1" });
  await devel.init();
  await devel.up();
  prod = world.promoting("prod", devel);
  await prod.init();
});
afterAll(() => world.stop());

/** Names of the images that a stack's outputs name, with what there is in their place. */
async function inUse(stack: Stack): Promise<Record<string, string>> {
  const names = (await ledger(stack)).flatMap(({ published }) => Object.values(published));
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await imageDigest(world, name)] as const)),
  );
}

/** Runs devel with another source; `meanwhile` happens when the new disk is stored: planned, and nothing deleted yet. */
async function upAndMeanwhile(source: string, meanwhile: () => Promise<void>): Promise<void> {
  devel.source(source);
  let happened = false;
  const deaf = world.wire.listen(async ({ name }, moment) => {
    if (happened || moment !== "asked" || name !== "PUT builds/*.json") return;
    happened = true;
    await meanwhile();
  });
  try {
    await devel.pulumi.up();
  } finally {
    deaf();
  }
  expect(happened).toBe(true);
}

/** What the stack uses can't be read any more: its output is there and says nothing. */
function spoil(stack: Stack): void {
  const file = join(stack.backend, ".pulumi", "stacks", "copr-builders", `${stack.name}.json`);
  const text = readFileSync(file, "utf8");
  const spoilt = text.replace(/"generations":\s*\[/, '"generations": ["not a generation",');
  if (spoilt === text) throw new Error(`${file} has no output "generations"`);
  writeFileSync(file, spoilt);
}

it("what a stack that nobody listed takes while devel is between plan and delete is kept", async () => {
  await upAndMeanwhile("second", async () => {
    await prod.up();
  });
  const [taken] = Object.values(await inUse(prod));
  expect(taken).toMatch(/^[0-9a-f]{64}$/);
});

it("when prod has gone on, what it used is deleted", async () => {
  const [old] = Object.keys(await inUse(prod));
  await devel.up();
  await prod.up();
  await devel.up();
  expect(Object.keys(await inUse(prod))).not.toContain(old);
  expect(await imageDigest(world, old ?? "none")).toBe("gone");
});

it('what prod uses is left by "owned --delete" too, when devel\'s state has lost it', async () => {
  const used = await inUse(prod);
  await forgetImages(devel);
  const { code, text } = await owned(devel, "--delete");
  expect(code, text).toBe(1);
  for (const [name, digest] of Object.entries(used)) {
    expect(text).toMatch(new RegExp(`volume \\S*${name} .*no state knows of it, held by \\S*${prod.name}`));
    expect(await imageDigest(world, name)).toBe(digest);
  }
  // The same from a backend that has no such stack.
  const backend = join(devel.folder, ".local", "elsewhere");
  mkdirSync(backend, { recursive: true });
  const elsewhere = devel.as({ backend });
  const removed = await owned(elsewhere, "--identity", await identity(devel), "--delete");
  expect(removed.code, removed.text).toBe(2);
  expect(removed.text).toContain("add --gone");
  for (const [name, digest] of Object.entries(used)) expect(await imageDigest(world, name)).toBe(digest);
});

it("a reader that can't be read stops deleting, is named, and a new generation is published all the same", async () => {
  devel.set({ promotedBy: [prod.name] });
  const before = await inUse(devel);
  spoil(prod);
  devel.source("third");
  const { text } = await devel.pulumi.up();
  expect(text).toContain(prod.name);
  for (const [name, digest] of Object.entries(before)) expect(await imageDigest(world, name)).toBe(digest);
  const [current] = await ledger(devel);
  for (const name of Object.values(current?.published ?? {})) {
    expect(before).not.toHaveProperty(name);
    expect(await imageDigest(world, name)).toMatch(/^[0-9a-f]{64}$/);
  }
});

it('nor does "owned --delete" delete anything then', async () => {
  await forgetImages(devel);
  const before = await inUse(devel);
  const { code, text } = await owned(devel, "--delete");
  expect(code, text).toBe(1);
  expect(text).toMatch(new RegExp(`nothing is deleted:\\n {2}promotedBy: whether ${prod.name} uses it`));
  expect(await inUse(devel)).toEqual(before);
});
