/** What a volume's users and neighbours keep: images that domains use, and 200 look-alikes. */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type FakeHypervisor, fakeHypervisor, lookAlikes, remember } from "./testing/hypervisor";
import { DISK, NAME, type Stacks, imageInputs as inputs, stacks } from "./testing/stacks";

let hypervisor: FakeHypervisor;
let volume: string;
let server: Stacks;

beforeAll(async () => {
  server = await stacks();
});
afterAll(() => server.close());
beforeEach(() => {
  hypervisor = fakeHypervisor();
  volume = join(hypervisor.images, NAME);
});

const stack = () => server.stack(hypervisor, []);
const live = (): Buffer => readFileSync(volume);
const files = (): string[] => readdirSync(hypervisor.images);

describe("a volume that a domain uses is not deleted and not replaced", () => {
  test.each([
    ["its disk", () => `<source file='${volume}'/>`],
    ["its disk, as a volume", () => `<source pool='images' volume='${NAME}' index='1'/>`],
    [
      "below an overlay of a stopped one",
      () => `<source file='${overlay("top", overlay("middle", volume))}' index='2'/>`,
    ],
    [
      "below one, as a running domain says",
      () => `<source file='/gone'/>\n<backingStore type='file'>\n<source file='${volume}'/>`,
    ],
  ])("%s", async (what, disks) => {
    const { create, remove } = stack();
    const old = await create(inputs());
    hypervisor.domain("copr-7", disks(), what.includes("running"));
    hypervisor.domain("unrelated", "<source file='/x'/>");
    await expect(remove(old)).rejects.toThrow(/is in use by copr-7 and stays.*undefine/);
    // A disk that is not the one that it should be.
    const other = inputs({ sha256: "0".repeat(64) });
    await expect(create(other)).rejects.toThrow(/is in use by copr-7 and stays/);
    expect(live().equals(DISK)).toBe(true);
    hypervisor.undefine("copr-7");
    await remove(old);
    expect(files()).not.toContain(NAME);
  });

  test("a domain of a look-alike does not hold it", async () => {
    const { create, remove } = stack();
    const old = await create(inputs());
    hypervisor.domain("copr-7", `<source file='${volume}0'/>\n<source pool='workers' volume='${NAME}'/>`);
    await remove(old);
    expect(files()).toEqual([]);
  });

  const overlay = (name: string, above: string): string => {
    const path = join(hypervisor.workers, name);
    writeFileSync(path, `overlay of ${above}\n`);
    return path;
  };
});

test("200 look-alikes are as they were after a pull, an update and a deletion", async () => {
  lookAlikes(hypervisor, NAME, "abcdefgh2346");
  const neighbours = remember(hypervisor);
  const { create, update, remove } = stack();
  const old = await create(inputs());
  expect(remember(hypervisor)).toEqual({ ...neighbours, ...remember(hypervisor, NAME) });
  await remove(await update(old, inputs({ uri: "qemu+unix:///system?socket=/run/x", again: "1" })));
  expect(remember(hypervisor)).toEqual(neighbours);
});
