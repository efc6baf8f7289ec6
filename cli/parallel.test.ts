import { expect, test } from "vitest";
import { parallelOn, withParallel } from "./parallel";

test.each([
  ["a small runner of CI", 2, 8192, 11],
  ["a larger one: the whole farm at once, four builds and thirteen places", 2, 16_384, 23],
  ["one with little memory: as pulumi does", 4, 4096, 16],
])("%s", (_what, processors, memoryMib, expected) => {
  expect(parallelOn({ processors, memoryMib })).toBe(expected);
});

test("what somebody has set stays, and nothing else of the environment is changed", () => {
  const machine = { processors: 2, memoryMib: 16_384 };
  expect(withParallel({ A: "b" }, machine)).toEqual({ A: "b", PULUMI_PARALLEL: "23" });
  expect(withParallel({ PULUMI_PARALLEL: "3" }, machine)).toEqual({ PULUMI_PARALLEL: "3" });
});
