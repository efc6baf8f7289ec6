/**
 * `npm run preview -- --stack STACK [--arch ARCH]... [--target TARGET]... [--markdown FILE]`: what `npm run deploy` would
 * do, judged by the policy pack. The log is pulumi's own; FILE, and the page of a run of GitHub Actions, get it as a comment
 * on a pull request reads it; later steps of that run get the number of `changes`. Ends with pulumi's exit code.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { parseEventLog } from "./event-log";
import { githubRun } from "./github-run";
import { previewMarkdown } from "./markdown";
import { parseOnly, withOnly, type Only } from "./only-settings";
import { packOfStack, policyFlags } from "../../contract/policy-pack";
import { PROJECT } from "./places";
import { runPulumi } from "./pulumi";
import { makeRedactor } from "./redact";
import { runMain, UsageError } from "./run-main";

const USAGE =
  "usage: npm run preview -- --stack STACK [--arch ARCH[,ARCH...]] [--target TARGET[,TARGET...]] [--markdown FILE]";

export interface PreviewOptions {
  readonly stack: string;
  readonly only: Only;
  /** Where the Markdown goes, beside the page of the run. */
  readonly markdown?: string;
  /** Folder of the Pulumi project. */
  readonly project: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

export async function preview({ stack, only, markdown, project, env }: PreviewOptions): Promise<number> {
  const run = githubRun(env);
  const folder = mkdtempSync(path.join(tmpdir(), "copr-builders-preview-"));
  try {
    const log = path.join(folder, "events.jsonl");
    const policies = policyFlags(packOfStack(stack, project));
    const args = ["preview", "--stack", stack, ...policies, "--non-interactive", "--event-log", log];
    const { exitCode, stderr } = await withOnly({ project, stack, only }, (settings) =>
      // Without the variable pulumi has no --event-log; its Automation API does the same.
      runPulumi([...args, ...settings], { cwd: project, env: { ...env, PULUMI_DEBUG_COMMANDS: "true" } }),
    );
    const redact = makeRedactor(env);
    const found = parseEventLog(existsSync(log) ? readFileSync(log, "utf8") : "", redact);
    const text = previewMarkdown(found, { ...commitOf(project), ...run, stack, exitCode, stderr: redact(stderr) });
    if (markdown !== undefined) writeFileSync(markdown, text);
    if (run.summaryFile !== undefined) appendFileSync(run.summaryFile, text);
    const changes = found.steps.length + found.outputs.length;
    if (run.outputFile !== undefined) appendFileSync(run.outputFile, `changes=${changes}\n`);
    return exitCode;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What is checked out; nothing outside of git. */
function commitOf(project: string): { readonly commit?: string } {
  const { status, stdout } = spawnSync("git", ["rev-parse", "HEAD"], { cwd: project, encoding: "utf8" });
  return status === 0 ? { commit: stdout.trim() } : {};
}

function main(): Promise<number> {
  const list = { type: "string", multiple: true } as const;
  const { stack, arch, target, markdown } = parseArgs({
    options: { stack: { type: "string" }, arch: list, target: list, markdown: { type: "string" } },
  }).values;
  if (!stack) throw new UsageError("--stack is missing");
  const only = parseOnly(arch, target);
  return preview({ stack, only, project: PROJECT, env: process.env, ...(markdown ? { markdown } : {}) });
}

if (require.main === module) runMain(main, USAGE);
