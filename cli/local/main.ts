/**
 * `npm run local [up | start | stop | status]`: the local stack by one command. `up`, the default, starts the services and
 * runs `pulumi up`; the services then stay, so that plain `pulumi` works by hand, until `stop`.
 */
import { spawnSync } from "node:child_process";
import { join, relative } from "node:path";
import { packOfStack, policyFlags } from "../../contract/policy-pack";
import { pluginLines } from "../../toolchain/plugin-kinds";
import { follow } from "../progress/follow";
import { LOCAL, localEnvironment, REPOSITORY, serviceStatus, startServices, stopServices } from "./services";
import { unlockDead } from "./unlock";

const STACK = "local";

async function main(verb: string): Promise<number> {
  switch (verb) {
    case "up":
      await start();
      return up();
    case "start":
      await start();
      return 0;
    case "stop":
      await stopServices(say);
      return 0;
    case "status":
      for (const { name, pid, log } of serviceStatus()) {
        say(`${name}: ${pid === undefined ? "not running" : `pid ${pid}`}, log ${relative(REPOSITORY, log)}`);
      }
      return 0;
    default:
      console.error(`"${verb}" is none of up, start, stop, status; say: npm run local [-- VERB]`);
      return 2;
  }
}

async function start(): Promise<void> {
  say("starting the local services: libvirt, S3 server, container registry, Debian images");
  await startServices((line) => {
    say(`  ${line}`);
  });
}

async function up(): Promise<number> {
  for (const line of pluginLines(localEnvironment()["PULUMI_HOME"])) say(line);
  pulumi("stack", "select", "--create", STACK);
  unlockDead({ stack: STACK, say });
  const policies = policyFlags(packOfStack(STACK, REPOSITORY));
  const log = join(LOCAL, "log", "pulumi.log");
  const code = await follow(["up", "--yes", "--skip-preview", "--stack", STACK, ...policies], {
    ...{ cwd: REPOSITORY, env: localEnvironment(), log, output: process.stdout },
  });
  if (code !== 0) {
    say(`what pulumi itself said: ${relative(REPOSITORY, log)}`);
    return code;
  }
  say("\nimages:");
  pulumi("stack", "output", "images", "--json", "--stack", STACK);
  say(`
by hand:     source .local/env.sh; pulumi preview --stack ${STACK}; pulumi stack output --stack ${STACK}
to stop:     npm run local -- stop      (the images stay; "pulumi destroy" removes them)`);
  return 0;
}

/** Runs it in this terminal; returns its exit code. */
function pulumi(...args: readonly string[]): number {
  const { status, error } = spawnSync("pulumi", args, { cwd: REPOSITORY, env: localEnvironment(), stdio: "inherit" });
  if (error) throw error;
  return status ?? 1;
}

function say(line: string): void {
  console.log(line);
}

main(process.argv[2] ?? "up").then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof AggregateError ? error.errors.map(String).join("\n") : String(error));
    process.exitCode = 1;
  },
);
