import { beforeEach, expect, it } from "vitest";
import { identity, NOW, settings, succeeded } from "../../model/plan/fixtures";
import { plan, type LedgerEntry } from "../../model/plan";
import { askReaders, type Asking } from "./readers";

const [generation] = plan({ settings: settings(), identity, ledger: [], now: NOW }).generations;
const entry = succeeded(generation!, NOW.toISOString());
/** With ids of images that differ, as those of two stacks do. */
const using = (owner: string, ...numbers: number[]): LedgerEntry[] =>
  numbers.map((number) => ({ ...entry, id: `g${number}`, number, published: { a: `${owner}-g${number}` } }));

const OURS = "abcdefgh2345";
let stacks: Record<string, Record<string, unknown> | Error>;
beforeEach(() => {
  stacks = {
    prod: { promotedFrom: "devel", generations: using("devel", 3, 1) },
    stage: { promotedFrom: "devel", generations: using("devel", 4, 3) },
    new: {},
    elsewhere: { promotedFrom: "other", generations: using("other", 8) },
    "org/other/prod": { promotedFrom: "org/project/devel", generations: using("devel", 6) },
    before: { promotedFrom: "old-name", generations: using("devel", 4) },
    known: { promotedFrom: "old-name", promotedFromIdentity: OURS, generations: using("devel", 4) },
  };
});

const asking = (more: Partial<Asking> = {}): Asking => ({
  outputs: (stack) => {
    const outputs = stacks[stack] ?? new Error(`unknown stack "org/project/${stack}"`);
    return outputs instanceof Error ? Promise.reject(outputs) : Promise.resolve((name) => outputs[name]);
  },
  holds: () => Promise.resolve([]),
  self: "org/project/devel",
  fullName: (name) => (name.includes("/") ? name : `org/project/${name}`),
  warn: () => Promise.resolve(),
  ...more,
});
const ledger = using("devel", 9, 8, 6, 4, 3, 1);
const all = ledger.map(({ id }) => id);
const ask = (promotedBy: readonly string[], more: Partial<Asking> = {}, own: string | undefined = OURS) =>
  askReaders({ promotedBy, ledger, identity: own, store: { bucket: "b", region: "r" } }, asking(more));
const inUse = async (...readers: string[]) => (await ask(readers)).ids;

it("what each reader uses or may go back to, and nothing of what it takes from elsewhere", async () => {
  expect(await inUse("elsewhere")).toEqual([]);
  expect(await inUse("prod", "stage", "elsewhere")).toEqual(["g3", "g1", "g4", "g6"]);
  expect(await inUse()).toEqual([]);
});

it("and the next that it is to take, which would else be deleted before it has soaked", async () => {
  expect(await inUse("stage")).toEqual(["g4", "g3", "g6"]);
  expect(await inUse("new")).toEqual(["g1"]);
});

it("and older ones that paused places have images of meanwhile", async () => {
  const [g4] = using("devel", 4);
  const { places } = g4!.images[0]!;
  const older = { generation: "g1", imageId: "devel-g1", publishedIn: "a" };
  const behind = [{ arch: "x86_64" as const, place: places[0]!, reason: "disks", older }];
  stacks["prod"] = { promotedFrom: "devel", generations: [{ ...g4, behind }] };
  expect(await inUse("prod")).toEqual(["g4", "g1", "g6"]);
});

it("whatever the two stacks call each other", async () => {
  expect(await inUse("org/other/prod")).toEqual(["g6", "g8"]);
  expect(await inUse("known")).toEqual(["g4", "g6"]);
  // It was last run before we were renamed: the images are ours all the same.
  expect(await inUse("before")).toEqual(["g4"]);
});

it("what is held by stacks that nobody lists", async () => {
  const held = ["g3", "g77"].map((id) => ({ object: `holds/${OURS}/${id}/x.json`, generation: id, reader: "x" }));
  const asked: string[] = [];
  const holds: Asking["holds"] = (_store, identity) => {
    asked.push(identity);
    return Promise.resolve(held);
  };
  expect(await ask([], { holds })).toEqual({ ids: ["g3"], unread: [] });
  expect(asked).toEqual([OURS]);
});

it.each([
  ["gone", new Error('unknown stack "org/project/gone"'), /there is no stack gone; .*"pulumi stack init gone"/],
  ["closed", new Error("403 forbidden"), /stack closed can't be read: 403 forbidden; make it readable/],
  ["damaged", { promotedFrom: "devel", generations: [7] }, /stack damaged can't be read: output "generations"/],
  ["newer", { promotedFrom: "devel", generations: [{ version: 99 }] }, /stack newer can't be read: .*version 99/],
])("a reader that is %s: everything is kept, and it is said which, why and what to do", async (name, stack, said) => {
  stacks[name] = stack;
  const { ids, unread } = await ask(["prod", name]);
  expect([...ids].sort()).toEqual([...all].sort());
  expect(unread).toHaveLength(1);
  expect(unread[0]).toMatch(said);
});

it("holds that can't be read: the same", async () => {
  const { ids, unread } = await ask([], { holds: () => Promise.reject(new Error("store is down")) });
  expect(ids).toEqual(all);
  expect(unread).toEqual([expect.stringMatching(/who holds what of this stack can't be read: store is down; make/)]);
});
