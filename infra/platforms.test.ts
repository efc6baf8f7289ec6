import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PLATFORM_NAMES } from "./specs";

it.each(PLATFORM_NAMES)("%s keeps the contract in its room", (name) => {
  expect(existsSync(join(__dirname, name, "contract.test.ts"))).toBe(true);
});
