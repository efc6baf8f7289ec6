import { expect, it } from "vitest";
import { sessionFindings } from "./store-session";

const now = new Date("2026-11-26T14:10:00Z");
const times = { now, minutes: 90, buildMinutes: 60, attempts: 2 };
const at = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
const found = (minutes: number, isRenewed: boolean, more: Partial<typeof times> = {}) =>
  sessionFindings({ at: at(minutes), isRenewed }, { ...times, ...more });

it("credentials of the environment that end in the run are refused, with both times, wherever the images go", () => {
  const [one, ...more] = found(10, false);
  expect(more).toEqual([]);
  expect(one).toMatchObject({ path: "store" });
  expect(one?.note).toBeUndefined();
  expect(one?.problem).toMatch(/end at 2026-11-26 14:20 UTC, and the run may take until 2026-11-26 15:40 UTC$/);
  expect(found(89, false)).toHaveLength(1);
  expect(found(90, false)).toEqual([]);
});

it("a session that is renewed, and is shorter than a build, costs an attempt: there must be one", () => {
  expect(found(60, true)).toEqual([]);
  const [note] = found(10, true);
  expect(note).toMatchObject({ note: true, remedy: expect.stringMatching(/^nothing stops.*signed again/) as string });
  expect(note?.problem).toMatch(/ends at 2026-11-26 14:20 UTC .* may take until 2026-11-26 15:10 UTC$/);
  const [stops] = found(10, true, { attempts: 1 });
  expect(stops?.note).toBeUndefined();
  expect(stops?.remedy).toMatch(/^set attempts: 2/);
});

it("what never ends is no matter", () => expect(sessionFindings(undefined, times)).toEqual([]));
