import { expect, it } from "vitest";
import { places } from "../../infra/specs";
import { aws, changed, identity, ledgerAfter, NOW, settings } from "../../model/plan/fixtures";
import { plan, type LedgerEntry } from "../../model/plan";
import { askUsers, type AskUsers } from "./users";

const publish = { x86_64: ["aws", "hypervisor"], aarch64: ["aws"] };
const first = plan({ settings: settings(publish), identity, ledger: [], now: NOW });
const second = plan({ settings: settings(publish), identity: changed("d"), ledger: ledgerAfter(first), now: NOW });
const [g2, g1] = ledgerAfter(second, ledgerAfter(first)) as [LedgerEntry, LedgerEntry];
const id = ({ published }: LedgerEntry, place: string): string => published[place] ?? "none";
const template = { kind: "launch template", id: "arn:lt-1" };

/** Answers with these; a platform that knows nothing answers nothing. */
function asking(answer: (region: string) => { imageId: string; kind: string; id: string }[] | Error) {
  const asked: { place: unknown; ids: readonly string[] }[] = [];
  const ask: AskUsers = (place, ids) => {
    asked.push({ place, ids });
    const answered = place.platform === "aws" ? answer(place.region) : [];
    return answered instanceof Error ? Promise.reject(answered) : Promise.resolve(answered);
  };
  return { asked, ask };
}

it("a generation of which one image is named is kept whole, and it is said which image, where and by what", async () => {
  const imageId = id(g1, "aws/us-east-1/aarch64");
  const { ask } = asking(() => [{ imageId, ...template }]);
  expect(await askUsers([g2, g1], [], ask)).toEqual({
    ids: ["g1"],
    kept: [
      `g1 is kept: launch template arn:lt-1 names ${imageId} (aws/us-east-1/aarch64). It goes by itself once nothing names it`,
    ],
    unread: [],
  });
});

it("each place is asked once, about the images of generations that go alone", async () => {
  const { asked, ask } = asking(() => []);
  expect(await askUsers([g1], [], ask)).toEqual({ ids: [], kept: [], unread: [] });
  const ofAws = asked.filter(({ ids }) => ids.includes(id(g1, "aws/us-east-1/x86_64")));
  expect(ofAws.map(({ ids }) => ids)).toEqual([[id(g1, "aws/us-east-1/x86_64"), id(g1, "aws/us-east-1/aarch64")]]);
  expect(asked.flatMap(({ ids }) => ids).filter((one) => Object.values(g2.published).includes(one))).toEqual([]);
  const { asked: none, ask: nobody } = asking(() => []);
  await askUsers([], places(aws), nobody);
  expect(none).toEqual([]);
});

it("a place is asked as the settings have it now, and as it was where they have it no more", async () => {
  const today = places({ ...aws, keepNamed: false } as typeof aws);
  const { asked, ask } = asking(() => []);
  await askUsers([g1], today, ask);
  expect(asked.map(({ place }) => place)).toContainEqual(today[0]);
  const { asked: before, ask: askBefore } = asking(() => []);
  await askUsers([g1], [], askBefore);
  expect(before.map(({ place }) => place)).toContainEqual(places(aws)[0]);
});

it("a generation of which that can't be told is kept too, with why", async () => {
  const { ask } = asking(() => new Error("what names images can't be told; allow it"));
  expect(await askUsers([g2, g1], [], ask)).toEqual({
    ids: ["g2", "g1"],
    kept: [],
    unread: ["g2, g1: kept, since what names images can't be told; allow it"],
  });
});

it("of hundreds of users five are named", async () => {
  const imageId = id(g1, "aws/us-east-1/x86_64");
  const { ask } = asking(() =>
    Array.from({ length: 400 }, (_, at) => ({ imageId, kind: "instance", id: `arn:i-${at}` })),
  );
  const { kept } = await askUsers([g1], [], ask);
  expect(kept[0]).toMatch(/instance arn:i-4 names \S+ \(aws\/us-east-1\/x86_64\), and 395 more\. It goes/);
  expect(kept[0]).not.toContain("arn:i-5 ");
});
