/** The farm's stacks: brought up one after the other, shown, and taken down. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { follow } from "../progress/follow";
import { run } from "../local/commands";
import { REPOSITORY } from "../local/places";
import { unlockDead } from "../local/unlock";
import type { KnownWorld } from "./daemon";
import { CONTEXT, FARM, STACKS } from "./places";

type Say = (line: string) => void;

/** Of one place's trouble the others know nothing: what of them is begun ends, and the next run does what is missing. */
const ON = "--continue-on-error";
const LOG = join(FARM, "pulumi.log");

export async function upFarm({ environment }: KnownWorld, say: Say): Promise<number> {
  const env = { ...process.env, ...environment };
  // Both at first: the one names the other.
  for (const stack of Object.values(STACKS))
    await run("pulumi", ["stack", "select", "--create", "--stack", stack], { cwd: REPOSITORY, env });
  for (const stack of Object.values(STACKS)) {
    unlock(stack, env, say);
    const began = Date.now();
    say(`\nstack ${stack}`);
    const code = await pulumi(env, "up", ON, "--stack", stack);
    say(`stack ${stack}: ${code === 0 ? "done" : "FAILED"} after ${Math.round((Date.now() - began) / 1000)} s`);
    if (code !== 0) {
      say(`what pulumi said: ${relative(REPOSITORY, LOG)}; mend what is named above and say \`npm run farm\` again`);
      return code;
    }
  }
  await show(env, say);
  return 0;
}

/** The one that promotes first: it holds what the other has. */
export async function destroyFarm({ environment }: KnownWorld, say: Say): Promise<number> {
  const env = { ...process.env, ...environment };
  for (const stack of [STACKS.promotes, STACKS.builds]) {
    const code = await pulumi(env, "destroy", "--stack", stack);
    if (code !== 0) {
      say(`stack ${stack} is not destroyed; what pulumi said: ${relative(REPOSITORY, LOG)}`);
      return code;
    }
    say(`stack ${stack} is destroyed`);
  }
  return 0;
}

/** Shown in this terminal as a table. @returns its exit code */
function pulumi(env: NodeJS.ProcessEnv, verb: string, ...options: readonly string[]): Promise<number> {
  const args = [verb, "--yes", "--skip-preview", ...options];
  return follow(args, { cwd: REPOSITORY, env, log: LOG, output: process.stdout });
}

/** For the pool manager and for people. */
async function show(env: NodeJS.ProcessEnv, say: Say): Promise<void> {
  const npm = (script: string, ...options: readonly string[]): Promise<string> =>
    run("npm", ["run", "--silent", script, "--", ...options], { cwd: REPOSITORY, env });
  const resalloc = await npm("images", "--stack", STACKS.promotes, "--as", "resalloc");
  const [file, report] = [join(FARM, "resalloc.txt"), join(FARM, "report")];
  mkdirSync(report, { recursive: true });
  writeFileSync(file, resalloc);
  await npm("report", "--stack", STACKS.builds, "--with", STACKS.promotes, "--out", report);
  say(`\nfor resalloc, ${relative(REPOSITORY, file)}:\n${resalloc.trimEnd()}\n`);
  say(`report:       ${pathToFileURL(join(report, "report.html")).href}`);
  say(`what is built: ${relative(REPOSITORY, CONTEXT)}; change it and say \`npm run farm\` again`);
  say("to stop:      npm run farm -- stop");
}

function unlock(stack: string, env: NodeJS.ProcessEnv, say: Say): void {
  const folder = join(FARM, "state/.pulumi/locks/organization/copr-builders", stack);
  unlockDead({ stack, say, folder, environment: env });
}
