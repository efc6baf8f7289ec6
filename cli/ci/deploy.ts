/**
 * `npm run deploy -- --stack STACK [--arch ARCH[,ARCH...]] [--target TARGET[,TARGET...]]`: makes the stack what its settings say, and
 * prints what it publishes. Nothing to do means nothing is done, in seconds: a schedule can run it as often as it likes.
 * Ends with the exit code of the first step that fails.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { deployMarkdown } from "./deploy-markdown";
import { githubRun } from "./github-run";
import { parseOnly, withOnly, type Only } from "./only-settings";
import { packOfStack, policyFlags } from "../../contract/policy-pack";
import { parseLocks } from "../../provider/ephemeral-stack/lock";
import { PROJECT } from "./places";
import { runPulumi } from "./pulumi";
import { runMain, UsageError } from "./run-main";

const USAGE = "usage: npm run deploy -- --stack STACK [--arch ARCH[,ARCH...]] [--target TARGET[,TARGET...]]";

export interface DeployOptions {
  readonly stack: string;
  readonly only: Only;
  /** Folder of the Pulumi project. */
  readonly project: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

export async function deploy({ stack, only, project, env }: DeployOptions): Promise<number> {
  const ready = preflight(stack, project, env);
  if (ready !== 0) return ready;
  const policies = policyFlags(packOfStack(stack, project));
  const { exitCode, stderr } = await withOnly({ project, stack, only }, (settings) =>
    // With its preview: the policies judge the plan before anything is made.
    runPulumi(["up", "--yes", "--non-interactive", "--stack", stack, ...policies, ...settings], { cwd: project, env }),
  );
  const other = exitCode === 0 ? undefined : otherRun(stack, stderr);
  if (other !== undefined) console.error(`\n${other}`);
  const images = exitCode === 0 ? publishedImages(stack, project, env) : undefined;
  if (images !== undefined) console.log(`\nimages:\n${images}`);
  const { summaryFile, ...run } = githubRun(env);
  if (summaryFile !== undefined) {
    appendFileSync(summaryFile, deployMarkdown({ ...run, stack, only, ...defined({ images, other }) }));
  }
  return exitCode;
}

/**
 * Two runs at once: what the second one is to do. The engine advises to end the other, whose machines nobody would then take away.
 * Sources: messages of Pulumi's backends, a file or bucket and Pulumi Cloud.
 */
function otherRun(stack: string, stderr: string): string | undefined {
  const isLocked = /the stack is currently locked by|Another update is currently in progress/.test(stderr);
  if (!isLocked) return undefined;
  const who = parseLocks(stderr).map(({ user, host, pid }) => `${user}@${host}, process ${pid}`);
  const named = who.length === 0 ? "" : ` (${who.join("; ")})`;
  return (
    `Another run is at work on ${stack}${named}: nothing was changed here. Start this again when that one has ended: it does what is then ` +
    `left to do. Only if no such run is left, since it was killed: "pulumi cancel --stack ${stack}" first.`
  );
}

function defined(texts: { readonly images: string | undefined; readonly other: string | undefined }) {
  const { images, other } = texts;
  return { ...(images === undefined ? {} : { images }), ...(other === undefined ? {} : { other }) };
}

/** Permissions, hosts and quotas, all of them at once; 0 where the project has no such check. */
function preflight(stack: string, project: string, env: Readonly<NodeJS.ProcessEnv>): number {
  const { scripts } = JSON.parse(readFileSync(path.join(project, "package.json"), "utf8")) as {
    readonly scripts?: Readonly<Record<string, string>>;
  };
  if (scripts?.["preflight"] === undefined) return 0;
  const { status, error } = spawnSync("npm", ["run", "--silent", "preflight", "--", "--stack", stack], {
    cwd: project,
    env,
    stdio: "inherit",
  });
  if (error) throw new Error("can't run npm for the preflight", { cause: error });
  return status ?? 1;
}

/** The output `images` as JSON: ids in the shape of the pool manager's variable. */
function publishedImages(stack: string, project: string, env: Readonly<NodeJS.ProcessEnv>): string {
  const output = execFileSync("pulumi", ["stack", "output", "images", "--json", "--stack", stack], {
    cwd: project,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  return output.trim();
}

function main(): Promise<number> {
  const list = { type: "string", multiple: true } as const;
  const { stack, arch, target } = parseArgs({
    options: { stack: { type: "string" }, arch: list, target: list },
  }).values;
  if (!stack) throw new UsageError("--stack is missing");
  return deploy({ stack, only: parseOnly(arch, target), project: PROJECT, env: process.env });
}

if (require.main === module) runMain(main, USAGE);
