/** What a person sees of a build. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import * as z from "zod";
import { build } from "../../../agent/steps/build";
import { StepError } from "../../../agent/job/step-error";
import type { Run } from "../case";
import { messageProblems, messageSchema } from "../messages";
import { withWorker } from "../worker";

const expectedSchema = z.strictObject({
  exitStatus: z.int(),
  progress: z.array(z.string()).default([]),
  error: messageSchema.exactOptional(),
  firstOfTail: z.string().exactOptional(),
});

export async function progress(run: Run): Promise<string[]> {
  const expected = run.expected(expectedSchema);
  const archive = path.join(run.folder, "context.tar");
  execFileSync("tar", ["-c", "-f", archive, "-C", run.folder, "Containerfile"]);
  const sha256 = createHash("sha256").update(readFileSync(archive)).digest("hex");
  const source = { kind: "context", archive, sha256, containerfile: "Containerfile", buildArgs: {}, pins: {} } as const;
  const lines = run.text("podman.txt").split("\n");
  const podman = ([command]: readonly string[]) => {
    if (command === "build") return { code: expected.exitStatus, lines };
    return command === "image" ? { code: 125 } : undefined;
  };
  return withWorker({ source }, podman, async ({ job, events }) => {
    job.enter("build");
    const error = await build(job).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    const said = (await events()).filter(({ output }) => output !== true).map(({ text }) => text);
    const problems = missing(expected.progress, said).map(
      (text) => `wanted progress ${text}, came: ${said.join(" | ")}`,
    );
    if (error === undefined) return expected.exitStatus === 0 ? problems : [...problems, "wanted an error, came none"];
    if (!(error instanceof StepError)) throw new Error("the agent failed otherwise", { cause: error });
    if (expected.error) problems.push(...messageProblems(error.message, expected.error));
    const [first = "nothing"] = error.tail;
    if (expected.firstOfTail !== undefined && !first.startsWith(expected.firstOfTail)) {
      problems.push(`wanted first of the tail ${expected.firstOfTail}, came: ${first}`);
    }
    return problems;
  });
}

/** Those that no line has, each after the one before. */
function missing(wanted: readonly string[], lines: readonly string[]): string[] {
  let from = 0;
  return wanted.filter((text) => {
    const at = lines.findIndex((line, index) => index >= from && line.includes(text));
    if (at !== -1) from = at + 1;
    return at === -1;
  });
}
