import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type SchemaName, SCHEMAS, schemaFile, schemaText } from "./schemas";

it.each(Object.keys(SCHEMAS) as SchemaName[])('%s is the committed one; else run "npm run schema"', async (name) => {
  expect(readFileSync(schemaFile(name), "utf8")).toBe(await schemaText(name));
});
