import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CASES } from "./cases";

test("there are ten thousand cases, and each boundary is held", () => {
  expect(Object.values(CASES).reduce((sum: number, one) => sum + one, 0)).toBeGreaterThanOrEqual(10_000);
  const tests = readdirSync(__dirname).filter((name) => name.endsWith(".test.ts"));
  const text = tests.map((name) => readFileSync(join(__dirname, name), "utf8")).join("\n");
  for (const boundary of Object.keys(CASES)) expect(text).toMatch(new RegExp(`hold\\(\\s*"${boundary}"`));
});
