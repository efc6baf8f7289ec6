/** `npm run bench:policies`: how much longer a preview takes because the policy pack looks at it. Ends with 1 if that is more than two seconds. */
import { execFile } from "node:child_process";
import * as path from "node:path";
import { promisify } from "node:util";
import { PROGRAM } from "../policies/testing/program";
import { makeProject, type ScratchProject } from "../standins/testing/scratch-project";

const PACK = path.join(__dirname, "..", "policies");
const TIMES = 5;
const MOST_SECONDS = 2;

interface Took {
  readonly seconds: number;
  /** Of all processors, and all processes. */
  readonly work: number;
}

/** One preview of what keeps to all rules: each of them looks at every resource. */
async function preview({ folder, env }: ScratchProject, ...more: readonly string[]): Promise<Took> {
  const command = "TIMEFORMAT='%R %U %S'; time pulumi \"$@\" >&2";
  const args = ["-c", command, "bash", "preview", "-c", "kind=good", ...more];
  const { stderr } = await promisify(execFile)("bash", args, { cwd: folder, env });
  const [seconds = 0, user = 0, system = 0] = (stderr.trim().split("\n").pop() ?? "").split(" ").map(Number);
  return { seconds, work: user + system };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function main(): Promise<void> {
  const project = makeProject("bench-policies", PROGRAM);
  try {
    await project.pulumi("stack", "init", "dev");
    const kinds = { without: [], with: ["--policy-pack", PACK] } as const;
    const took: Record<keyof typeof kinds, Took[]> = { without: [], with: [] };
    // In turns: what else the machine does is then in both.
    for (let index = 0; index < TIMES; index++)
      for (const kind of ["without", "with"] as const) took[kind].push(await preview(project, ...kinds[kind]));
    const of = (what: keyof Took, kind: keyof typeof kinds) => median(took[kind].map((one) => one[what]));
    for (const what of ["seconds", "work"] as const)
      console.log(`${what}: ${of(what, "without").toFixed(2)} without, ${of(what, "with").toFixed(2)} with the pack`);
    if (of("seconds", "with") - of("seconds", "without") > MOST_SECONDS) process.exitCode = 1;
  } finally {
    project.remove();
  }
}

void main();
