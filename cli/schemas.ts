/** `npm run schema`: writes what programs may rely on, docs/reference/*.schema.json (json-schema.org, draft 2020-12). */
import { writeFileSync } from "node:fs";
import * as path from "node:path";
import { format, resolveConfig } from "prettier";
import * as z from "zod";
import { outputsSchema } from "../model/outputs/schema";
import { imagesJsonSchema } from "./images/json";
import { ownedSchema } from "./owned/json";
import { reportSchema } from "./report/json";

const FOLDER = path.join(__dirname, "..", "docs", "reference");

export const SCHEMAS = {
  images: imagesJsonSchema,
  outputs: outputsSchema,
  owned: ownedSchema,
  report: reportSchema,
} as const satisfies Readonly<Record<string, z.ZodType>>;

export type SchemaName = keyof typeof SCHEMAS;

export const schemaFile = (name: SchemaName): string => path.join(FOLDER, `${name}.schema.json`);

/** As it is committed: formatted like all else here. */
export async function schemaText(name: SchemaName): Promise<string> {
  const style = await resolveConfig(schemaFile(name));
  return format(JSON.stringify(z.toJSONSchema(SCHEMAS[name], { io: "output" })), { ...style, parser: "json" });
}

async function main(): Promise<void> {
  for (const name of Object.keys(SCHEMAS) as SchemaName[]) writeFileSync(schemaFile(name), await schemaText(name));
}

if (require.main === module) void main();
