/** `npm run schema`: writes docs/reference/outputs.schema.json. */
import { writeFileSync } from "node:fs";
import * as path from "node:path";
import { format, resolveConfig } from "prettier";
import { outputsJsonSchema } from "../../model/outputs/schema";

export const SCHEMA_FILE = path.join(__dirname, "..", "..", "docs", "reference", "outputs.schema.json");

/** As it is committed: formatted like all else here. */
export async function schemaText(): Promise<string> {
  const style = await resolveConfig(SCHEMA_FILE);
  return format(JSON.stringify(outputsJsonSchema()), { ...style, parser: "json" });
}

if (require.main === module) {
  void schemaText().then((text) => writeFileSync(SCHEMA_FILE, text));
}
