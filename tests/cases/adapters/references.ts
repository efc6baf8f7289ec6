/** Which images a Containerfile needs from outside. */
import * as z from "zod";
import { ContainerfileError, imageReferences } from "../../../model/source";
import { ARCHITECTURES, type Arch } from "../../../infra/words";
import type { Run } from "../case";
import { messageSchema, outcome, refusalProblems, setProblems, type Outcome } from "../messages";

const set = z.array(z.string());
const buildArgs = z.record(z.string(), z.string());
const refused = z.strictObject({ refused: messageSchema });
const expectedSchema = z.strictObject({
  buildArgs: buildArgs.default({}),
  references: set.exactOptional(),
  refused: messageSchema.exactOptional(),
  withBuildArgs: z.strictObject({ buildArgs, references: set }).exactOptional(),
  byArchitecture: z.partialRecord(z.enum(ARCHITECTURES), z.union([set, refused])).exactOptional(),
  rightToo: z.union([set, refused]).exactOptional(),
});

export async function references(run: Run): Promise<string[]> {
  const expected = run.expected(expectedSchema);
  const text = run.text("Containerfile");
  const came = (args: Readonly<Record<string, string>>, archs?: readonly Arch[]): Promise<Outcome<string[]>> =>
    outcome(
      () => imageReferences(text, args, archs),
      (error) => error instanceof ContainerfileError,
    );
  const problems: string[] = [];
  if (expected.references || expected.refused) {
    problems.push(
      ...compare(await came(expected.buildArgs), expected.references ?? { refused: expected.refused ?? {} }),
    );
  }
  if (expected.withBuildArgs) {
    const { buildArgs, references } = expected.withBuildArgs;
    problems.push(...compare(await came(buildArgs), references));
  }
  for (const arch of ARCHITECTURES) {
    const wanted = expected.byArchitecture?.[arch];
    if (wanted === undefined) continue;
    const one = await came(expected.buildArgs, [arch]);
    const differences = compare(one, wanted);
    const alsoRight = expected.rightToo !== undefined && compare(one, expected.rightToo).length === 0;
    if (!alsoRight) problems.push(...differences.map((problem) => `${arch}: ${problem}`));
  }
  return problems;
}

function compare(came: Outcome<string[]>, wanted: readonly string[] | z.output<typeof refused>): string[] {
  if ("refused" in wanted) return refusalProblems(came, wanted.refused);
  return "value" in came
    ? setProblems("images", came.value, wanted)
    : [`wanted ${wanted.join(", ")}; came: ${came.refused}`];
}
