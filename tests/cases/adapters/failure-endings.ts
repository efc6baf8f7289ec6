/** Whether a build that failed is tried again. */
import * as z from "zod";
import { explainBuildFailure } from "../../../agent/steps/build-failure";
import type { Run } from "../case";

const endingsSchema = z.strictObject({
  before: z.array(z.string()),
  after: z.string(),
  endings: z.array(
    z.strictObject({
      name: z.string(),
      class: z.enum(["passing", "final"]),
      code: z.int(),
      lines: z.array(z.string()),
      alone: z.boolean().default(false),
    }),
  ),
});

export function failureEndings(run: Run): Promise<string[]> {
  run.expected(z.strictObject({}));
  const { before, after, endings } = run.json("endings.json", endingsSchema);
  const problems = endings.flatMap(({ name, code, lines, alone, ...wanted }) => {
    const last = alone ? [] : [after.replaceAll("CODE", String(code))];
    const all = [...before, ...lines, ...last];
    const came = explainBuildFailure({ code, stdout: "", tail: all.slice(-30) }, all).permanent ? "final" : "passing";
    return came === wanted.class ? [] : [`${name}: wanted ${wanted.class}, came ${came}`];
  });
  return Promise.resolve(problems);
}
