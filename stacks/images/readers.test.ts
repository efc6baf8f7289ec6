import { expect, it } from "vitest";
import { identity, NOW, settings, succeeded } from "../../components/plan/fixtures";
import { plan } from "../../components/plan";
import { generationsInUse } from "./readers";
import type { ReadOutput } from "./stacks";

const [generation] = plan({ settings: settings(), identity, ledger: [], now: NOW }).generations;
const entry = succeeded(generation!, NOW.toISOString());
const using = (...numbers: number[]) => numbers.map((number) => ({ ...entry, id: `g${number}`, number }));

const stacks: Record<string, Record<string, unknown>> = {
  prod: { promotedFrom: "devel", generations: using(3, 1) },
  stage: { promotedFrom: "devel", generations: using(4, 3) },
  new: {},
  elsewhere: { promotedFrom: "other", generations: using(7) },
};
const outputs =
  (stack: string): ReadOutput =>
  (name) =>
    Promise.resolve(stacks[stack]?.[name]);
const inUse = (...readers: string[]) => generationsInUse(readers, using(9, 8, 6, 4, 3, 1), outputs, "devel");

it("what each reader uses or may go back to, and nothing of what it takes from elsewhere", async () => {
  expect(await inUse("elsewhere")).toEqual([]);
  expect(await inUse("prod", "stage", "elsewhere")).toEqual(["g3", "g1", "g4", "g6"]);
  expect(await inUse()).toEqual([]);
});

it("and the next that it is to take, which would else be deleted before it has soaked", async () => {
  expect(await inUse("stage")).toEqual(["g4", "g3", "g6"]);
  expect(await inUse("new")).toEqual(["g1"]);
});

it("a reader whose ledger can't be read is an error: to know nothing of it is no leave to delete", async () => {
  const damaged = (): ReadOutput => (name) => Promise.resolve(name === "generations" ? [7] : "devel");
  await expect(generationsInUse(["prod"], [], damaged, "devel")).rejects.toThrow('output "generations"');
});
