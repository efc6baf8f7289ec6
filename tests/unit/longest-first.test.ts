/** A list of files goes out of date where nobody sees it: a file that is renamed comes last again. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

it("names files that are there", async () => {
  const { LONG } = await import("../longest-first.mts");
  expect(LONG.filter((file) => !existsSync(join(__dirname, "..", "..", file)))).toEqual([]);
});
