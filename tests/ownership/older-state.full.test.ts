/** An older export of the state is put back: what was made since stays where somebody uses it, and nothing is built twice at once. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { imageDigest, ledger, nothingLeft } from "./support/check";
import { owned } from "./support/owned";
import type { Stack } from "./support/stack";
import { World } from "./support/world";

let world: World;
let devel: Stack;
let prod: Stack;
/** What prod took of devel before its state was put back, and the content of that. */
let taken: string;
let content: string;

beforeAll(async () => {
  world = await World.start();
  devel = world.stack({ publish: ["hypervisor"] });
  await devel.init();
  await devel.up();
  const file = join(devel.folder, "export.json");
  writeFileSync(file, await devel.pulumi.must("stack", "export", "--stack", devel.name));
  devel.source("second");
  await devel.up();
  prod = world.promoting("prod", devel);
  await prod.init();
  await prod.up();
  [taken = "none"] = Object.values((await ledger(prod))[0]?.published ?? {});
  content = await imageDigest(world, taken);
  await devel.pulumi.must("stack", "import", "--file", file, "--stack", devel.name);
});
afterAll(() => world.stop());

it("is listed as in use, with who uses it; the rest as orphaned, and that alone is deleted", async () => {
  devel.source("third");
  await devel.up();
  const { code, text } = await owned(devel, "--delete");
  expect(code, text).toBe(1);
  expect(text).toMatch(new RegExp(`in use: 2\\n {2}volume \\S*${taken} .*held by \\S*${prod.name}`));
  expect(text).toMatch(/deleted object disks\/\S+\.raw\.zst/);
  expect(await imageDigest(world, taken)).toBe(content);
});

it("the source of that time is a generation of its own, and prod goes on to it", async () => {
  devel.source("second");
  await devel.up();
  expect(await imageDigest(world, taken)).toBe(content);
  await prod.up();
  const [name = "none"] = Object.values((await ledger(prod))[0]?.published ?? {});
  expect(name).not.toBe(taken);
  expect(await imageDigest(world, name)).toMatch(/^[0-9a-f]{64}$/);
});

it("once nobody uses it, it goes; destroying leaves nothing", async () => {
  expect(await owned(devel, "--delete")).toMatchObject({ code: 0 });
  expect(await imageDigest(world, taken)).toBe("gone");
  await prod.destroy();
  await devel.destroy();
  // Destroyed, a stack is still there, and empty.
  expect(await nothingLeft(world, devel)).toEqual([`left: stack ${prod.name}`]);
});
