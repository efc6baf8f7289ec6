import * as pulumi from "@pulumi/pulumi";
import { expect, it, vi } from "vitest";
import { changed, identity, ledgerAfter, NOW, settings, succeeded } from "../../model/plan/fixtures";
import { plan, type LedgerEntry, type Plan } from "../../model/plan";
import { planAtLast } from "./at-last";

const first = plan({ settings: settings(), identity, ledger: [], now: NOW });
const second = plan({ settings: settings(), identity: changed("d"), ledger: ledgerAfter(first), now: NOW });
const ledger = ledgerAfter(second, ledgerAfter(first));
const planFor = (inUse: readonly string[]): Plan =>
  plan({ settings: settings(undefined, { keepGenerations: 1 }), identity: changed("e"), ledger, now: NOW, inUse });
const ids = ({ generations }: Plan) => generations.map(({ id }) => id);

/** An entry that is there when `finish` is called. */
function building(): { readonly entry: pulumi.Output<LedgerEntry>; readonly finish: () => void } {
  let finish = (): void => undefined;
  const built = new Promise<LedgerEntry>((resolve) => {
    finish = () => resolve(succeeded(first.generations[0]!, NOW.toISOString()));
  });
  return { entry: pulumi.output(built), finish: () => finish() };
}

it("asks when the new generation is complete, and keeps what was taken meanwhile", async () => {
  const { entry, finish } = building();
  let asked = 0;
  const ask = () => Promise.resolve({ ids: ["g2"], unread: [`asked ${String((asked += 1))}`] });
  const before = { planned: planFor(["g1"]), inUse: { ids: ["g1"], unread: [] }, entry };
  const last = planAtLast(before, { ask, plan: planFor, preview: false });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(asked).toBe(0);
  finish();
  // g1, kept when the run began, stays: the preview did not show that it goes.
  expect(ids(await last)).toEqual(["g3", "g2", "g1"]);
  expect(asked).toBe(1);
});

it("does not say once more what was said already: why something that names an image keeps it", async () => {
  const { entry, finish } = building();
  const info = vi.spyOn(pulumi.log, "info").mockResolvedValue();
  const ask = () => Promise.resolve({ ids: ["g2", "g1"], unread: [], said: ["g1"] });
  const before = { planned: planFor([]), inUse: { ids: [], unread: [] }, entry };
  finish();
  expect(ids(await planAtLast(before, { ask, plan: planFor, preview: false }))).toEqual(["g3", "g2", "g1"]);
  expect(info.mock.calls).toEqual([["kept after all, taken while this run built: g2"]]);
  info.mockRestore();
});

it("waits for nothing where nothing goes, nor in a preview", async () => {
  const ask = () => Promise.reject(new Error("nobody is to be asked"));
  const { entry } = building();
  const all = { planned: planFor(["g1", "g2"]), inUse: { ids: ["g1", "g2"], unread: [] }, entry };
  expect(ids(await planAtLast(all, { ask, plan: planFor, preview: false }))).toEqual(["g3", "g2", "g1"]);
  const shown = { planned: planFor([]), inUse: { ids: [], unread: [] }, entry };
  expect(ids(await planAtLast(shown, { ask, plan: planFor, preview: true }))).toEqual(["g3"]);
});
