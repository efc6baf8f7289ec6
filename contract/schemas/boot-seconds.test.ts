import { expect, test } from "vitest";
import { parseSeconds, readBootSeconds } from "./boot-seconds";

test("takes one number a boot", () => {
  expect(readBootSeconds({ seconds: [12.3, 0], more: "x" }, 2)).toEqual([12.3, 0]);
});

test.each([
  [{}, "seconds: "],
  [{ seconds: [1] }, "seconds: must have one number for each of 2 boots"],
  [{ seconds: [1, null] }, "seconds[1]: "],
  [{ seconds: [1, "2"] }, "seconds[1]: "],
  [{ seconds: [1, -2] }, "seconds[1]: "],
  [{ seconds: [Number.NaN, 1] }, "seconds[0]: "],
])("refuses %j", (outputs, problem) => {
  expect(() => readBootSeconds(outputs, 2)).toThrow(`the answer of the boot check can't be read:\n  ${problem}`);
});

test("reads what a machine printed, and nothing else", () => {
  expect(parseSeconds("12.3\n")).toBe(12.3);
  for (const text of ["", "12", "motd\n12.3\n", "-1.0", "1e3.0", "NaN", "12345678.0"])
    expect(() => parseSeconds(text)).toThrow("did not say how many seconds");
});
