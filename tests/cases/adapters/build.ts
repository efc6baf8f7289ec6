/** What a Containerfile asks for besides images. */
import * as z from "zod";
import { FINAL_BUILD_ERROR } from "../../../contract/agent-result";
import { StepError } from "../../../agent/job/step-error";
import { prepare } from "../../../agent/steps/prepare";
import { buildKey } from "../../../model/plan";
import type { Sources } from "../../../model/source";
import type { Run } from "../case";
import { messageProblems, messageSchema, refusalProblems, setProblems, type Outcome } from "../messages";
import { withWorker } from "../worker";
import { lookUp } from "./sources";

const buildArgs = z.record(z.string(), z.string());
const expectedSchema = z.strictObject({
  right: z.enum(["taken", "refused", "either", "warned or refused"]).exactOptional(),
  refused: messageSchema.exactOptional(),
  references: z.array(z.string()).exactOptional(),
  from: z.string().exactOptional(),
  buildArgs: buildArgs.exactOptional(),
  sameKeyWith: buildArgs.exactOptional(),
  worker: z.strictObject({ podman: z.string() }).exactOptional(),
  where: z.literal("prepare").exactOptional(),
  final: z.boolean().exactOptional(),
});
type Expected = z.output<typeof expectedSchema>;

export async function build(run: Run): Promise<string[]> {
  const expected = run.expected(expectedSchema);
  const text = containerfile(run, expected);
  const came = await lookUp(run, text, expected.buildArgs);
  if (expected.worker) return onWorker(expected, expected.worker.podman, came);
  // Where it isn't said in one word, it is what the run wants to see.
  const { right = expected.refused ? "refused" : "taken" } = expected;
  const problems = rightProblems(right, expected, came);
  if ("value" in came && expected.references) {
    problems.push(...setProblems("images", Object.keys(came.value.identity.from), expected.references));
  }
  if ("value" in came && expected.sameKeyWith) {
    const other = await lookUp(run, text, expected.sameKeyWith);
    if ("value" in other && keyOf(other.value) !== keyOf(came.value))
      problems.push("wanted the same build key, came another");
  }
  return problems;
}

/** With `from`, that stands in the line of the refusal instead, or where the first run's was. */
function containerfile(run: Run, { from, refused }: Expected): string {
  const text = run.text("Containerfile");
  if (from === undefined) return text;
  const lines = text.split("\n");
  const at = refused?.line === undefined ? lines.findLastIndex((line) => /^FROM /.test(line)) : refused.line - 1;
  return lines.map((line, index) => (index === at ? `FROM ${from}` : line)).join("\n");
}

function keyOf({ identity }: Sources): string {
  return buildKey({ identity, arch: "x86_64", refresh: 0 });
}

function rightProblems(
  right: NonNullable<Expected["right"]>,
  { refused = {} }: Expected,
  came: Outcome<Sources>,
): string[] {
  switch (right) {
    case "taken":
      if ("refused" in came) return [`wanted it to be taken, came: ${came.refused}`];
      return came.value.warnings.map((warning) => `wanted no warning, came: ${warning}`);
    case "refused":
      return refusalProblems("value" in came ? { value: "no refusal" } : came, refused);
    case "either":
      return "refused" in came ? refusalProblems(came, refused) : [];
    case "warned or refused":
      if ("refused" in came) return refusalProblems(came, refused);
      return messageProblems(came.value.warnings.join("\n") || "no warning", refused);
  }
}

async function onWorker(expected: Expected, version: string, came: Outcome<Sources>): Promise<string[]> {
  if ("refused" in came) return [`wanted the preview to take it, came: ${came.refused}`];
  const heredocLine = came.value.needs.x86_64?.heredocLine;
  const archive = "/dev/null";
  const source = {
    ...({ kind: "context", archive, sha256: "0".repeat(64), containerfile: "Containerfile" } as const),
    ...{ buildArgs: {}, pins: {} },
    ...(heredocLine === undefined ? {} : { heredocLine }),
  };
  const podman = ([first]: readonly string[]) =>
    first === "--version" ? { stdout: `podman version ${version}\n` } : undefined;
  return withWorker({ source }, podman, async ({ job }) => {
    const error = await prepare(job).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error === undefined) return expected.right === "taken" ? [] : ["wanted prepare to refuse it, came no refusal"];
    if (!(error instanceof StepError)) throw new Error("the agent failed otherwise", { cause: error });
    if (expected.right === "taken") return [`wanted it to be taken, came: ${error.message}`];
    const final = error.permanent && error.message.includes(FINAL_BUILD_ERROR);
    const wrong =
      expected.final === undefined || expected.final === final ? [] : [`wanted final ${expected.final}, came ${final}`];
    return [...messageProblems(error.message, expected.refused ?? {}), ...wrong];
  });
}
