/** What the end of `npm test` says of its parts. */
import { expect, it } from "vitest";
import { failures, replaced, tally, type FileReport } from "../report";

const file = (name: string, ...outcomes: readonly (readonly [string, string?])[]): FileReport => ({
  name,
  status: outcomes.some(([status]) => status === "failed") ? "failed" : "passed",
  startTime: 0,
  endTime: 0,
  message: "",
  assertionResults: outcomes.map(([status, words], index) => ({
    fullName: `test ${index}`,
    status,
    failureMessages: words === undefined ? [] : [words],
  })),
});

it("counts a file as failed whose preparations failed, though none of its tests did", () => {
  const unprepared: FileReport = { ...file("a", ["skipped"], ["skipped"]), status: "failed", message: "no service" };
  expect(tally([unprepared, file("b", ["passed"], ["failed", "x"])])).toEqual({ passed: 1, failed: 2, skipped: 2 });
  expect(failures([unprepared])).toEqual([expect.stringMatching(/a: no service$/)]);
});

it("counts the second run of a file, and the first of all others", () => {
  const first = [file("a", ["failed", "x"], ["passed"]), file("b", ["failed", "y"])];
  expect(tally(replaced(first, [file("a", ["passed"], ["passed"])]))).toEqual({ passed: 2, failed: 1, skipped: 0 });
});

it("shows how a long message begins and ends, without frames", () => {
  const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`);
  const [shown] = failures([file("a", ["failed", [...lines, "    at run (file.ts:1:1)"].join("\n")])]);
  expect(shown).toMatch(/line 0[^]*\.\.\. 72 lines[^]*line 99$/);
});
