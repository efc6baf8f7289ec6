import { expect, it } from "vitest";
import { fakeStore } from "../../provider/fake-store";
import { holdObject } from "../../provider/holds";
import type { UsedGeneration } from "../../provider/reader-outputs";
import { inUse } from "./in-use";

const ID = "abcdefgh2345";
const READER = "zyxwvuts2345";
const hold = (images: Record<string, string>) => JSON.stringify({ stack: "o/p/prod", since: "2026-11-01", images });
const asked = (objects: Record<string, string>, readers: Record<string, readonly UsedGeneration[] | Error> = {}) =>
  inUse({
    ...{ store: fakeStore(objects), stack: "devel", identity: ID, readers: Object.keys(readers) },
    ask: (reader) => {
      const answer = readers[reader] ?? [];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  });

it("is what others hold, of whatever generation, and what listed stacks have published", async () => {
  const objects = {
    [holdObject(ID, "g1", READER)]: hold({ "aws/us-east-1/x86_64": "ami-1" }),
    [holdObject("otherxyz2345", "g1", READER)]: hold({ "aws/us-east-1/x86_64": "ami-9" }),
  };
  const { images, unread, holds } = await asked(objects, {
    old: [{ id: "g4", published: { "lab/host/x86_64": "v" } }],
  });
  expect([...images]).toEqual([
    ["ami-1", `held by o/p/prod (identity ${READER}), since 2026-11-01`],
    ["v", "used by old (its g4)"],
  ]);
  expect(unread).toEqual([]);
  expect(holds).toEqual([`g1 by o/p/prod (identity ${READER}), since 2026-11-01`]);
});

it("is not known where a hold or a listed stack can't be read: each is named with what to do", async () => {
  const { unread } = await asked({ [holdObject(ID, "g1", READER)]: "{" }, { gone: new Error("no stack named 'gone'") });
  expect(unread).toEqual([
    expect.stringMatching(new RegExp(`identity ${READER}.*--stack devel --end-hold ${READER}`)),
    expect.stringMatching(/promotedBy: whether gone uses it .*no stack named 'gone'/),
  ]);
});

it("is asked of a store that answers, or nothing is known", async () => {
  const store = { ...fakeStore({}), list: () => Promise.reject(new Error("no route")) };
  const args = { store, stack: "devel", identity: ID, readers: [], ask: () => Promise.resolve([]) };
  await expect(inUse(args)).rejects.toThrow("no route");
});
