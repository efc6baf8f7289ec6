import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { allResources } from "./resources";

test("every resource that a program can declare has its handler, and nothing else has one", async () => {
  const root = join(__dirname, "..");
  const files = ["provider", "infra"]
    .flatMap((top) =>
      readdirSync(join(root, top), { recursive: true, encoding: "utf8" }).map((file) => join(top, file)),
    )
    .filter((file) => file.endsWith("/resource.ts"));
  const declared = files.flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(/super\(\s*"(builders:index:\w+)"/g)].map(([, token]) => token),
  );
  expect(declared).toHaveLength(files.length);
  expect(Object.keys(await allResources()).sort()).toEqual(declared.sort());
});
