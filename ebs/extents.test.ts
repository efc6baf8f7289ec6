import { expect, test } from "vitest";
import { stretches } from "./extents";

test("a disk that is one hole", () => {
  expect([...stretches([], 10)]).toEqual([{ start: 0, length: 10, hole: true }]);
});
