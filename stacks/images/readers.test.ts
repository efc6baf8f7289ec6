import { expect, it } from "vitest";
import { identity, NOW, settings, succeeded } from "../../components/plan/fixtures";
import { plan } from "../../components/plan";
import { generationsInUse } from "./readers";
import type { ReadOutput } from "./stacks";

const [generation] = plan({ settings: settings(), identity, ledger: [], now: NOW }).generations;
const entry = succeeded(generation!, NOW.toISOString());
const using = (...ids: string[]) => ids.map((id) => ({ ...entry, id }));

const stacks: Record<string, Record<string, unknown>> = {
  prod: { promotedFrom: "devel", generations: using("g3", "g1") },
  stage: { promotedFrom: "devel", generations: using("g4", "g3") },
  new: {},
  elsewhere: { promotedFrom: "other", generations: using("g7") },
};
const outputs =
  (stack: string): ReadOutput =>
  (name) =>
    Promise.resolve(stacks[stack]?.[name]);

it("what each reader uses or may go back to, and nothing of what it takes from elsewhere", async () => {
  expect(await generationsInUse(["prod", "stage", "new", "elsewhere"], outputs, "devel")).toEqual(["g3", "g1", "g4"]);
  expect(await generationsInUse([], outputs, "devel")).toEqual([]);
});

it("a reader whose ledger can't be read is an error: to know nothing of it is no leave to delete", async () => {
  const damaged = (): ReadOutput => (name) => Promise.resolve(name === "generations" ? [7] : "devel");
  await expect(generationsInUse(["prod"], damaged, "devel")).rejects.toThrow('output "generations"');
});
