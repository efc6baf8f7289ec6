/** The documents that are printed for a cloud's administrators. */
import * as z from "zod";
import { platformUses } from "../../../components/preflight";
import { parts } from "../../../infra";
import { setPath, type Run } from "../case";
import { buildSettings } from "./sources";

const expectedSchema = z.strictObject({
  partition: z.string().exactOptional(),
  mostCharacters: z.number().int().positive().exactOptional(),
  set: z.record(z.string(), z.unknown()).default({}),
});

export async function policy(run: Run): Promise<string[]> {
  const { partition, mostCharacters, set } = run.expected(expectedSchema);
  const settings = run.settings();
  for (const [at, value] of Object.entries(set)) setPath(settings, at, value);
  const uses = [...platformUses(buildSettings(settings), "devel")];
  const asked = uses.map(async ([name, use]) => Object.entries((await parts(name)).policies?.(use) ?? {}));
  const printed: [string, unknown][] = (await Promise.all(asked)).flat();
  const problems = printed.flatMap(([name, document]) => {
    const text = JSON.stringify(document).replaceAll(/\s/g, "");
    const strange = [...new Set(text.match(/arn:[^"]*/g) ?? [])].filter((arn) => arn.split(":")[1] !== partition);
    return [
      ...(partition === undefined ? [] : strange.map((arn) => `${name}: wanted ARNs of ${partition}, came ${arn}`)),
      ...(mostCharacters !== undefined && text.length > mostCharacters
        ? [`${name}: wanted at most ${mostCharacters} characters, came ${text.length}`]
        : []),
    ];
  });
  return Promise.resolve(printed.length === 0 ? ["wanted documents, came none"] : problems);
}
