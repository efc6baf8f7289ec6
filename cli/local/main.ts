/**
 * `npm run local [-- [--arch ARCH] [up | start | stop | status]]`: the local stack by one command. `up`, the default, starts the
 * services and runs `pulumi up`; the services then stay, so that plain `pulumi` works by hand, until `stop`. With another
 * architecture than x86_64 its worker and image are emulated machines of that architecture, in a stack of their own.
 */
import { spawnSync } from "node:child_process";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { ARCHITECTURES, type Arch } from "../../infra/words";
import { packOfStack, policyFlags } from "../../contract/policy-pack";
import { pluginLines } from "../../toolchain/plugin-kinds";
import { follow } from "../progress/follow";
import { LOCAL, localEnvironment, REPOSITORY, serviceStatus, startServices, stopServices } from "./services";
import { unlockDead } from "./unlock";

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { arch: { type: "string", default: "x86_64" } },
    allowPositionals: true,
  });
  const arch = ARCHITECTURES.find((one) => one === values.arch);
  if (arch === undefined) {
    console.error(`--arch "${values.arch}" is none of ${ARCHITECTURES.join(", ")}; say: npm run local -- --arch ARCH`);
    return 2;
  }
  const [verb = "up"] = positionals;
  switch (verb) {
    case "up":
      await start(arch);
      return up(arch === "x86_64" ? "local" : `local-${arch}`);
    case "start":
      await start(arch);
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

async function start(arch: Arch): Promise<void> {
  if (arch !== "x86_64") setUpGuests(arch);
  say("starting the local services: libvirt, S3 server, container registry, Debian images");
  const since = Date.now();
  await startServices((line) => say(`  [${String(Math.round((Date.now() - since) / 1000))} s] ${line}`), arch);
}

async function up(stack: string): Promise<number> {
  for (const line of pluginLines(localEnvironment()["PULUMI_HOME"])) say(line);
  pulumi("stack", "select", "--create", stack);
  unlockDead({ stack, say });
  const policies = policyFlags(packOfStack(stack, REPOSITORY));
  // One a stack: runs for several architectures go side by side.
  const log = join(LOCAL, "log", `pulumi-${stack}.log`);
  const code = await follow(["up", "--yes", "--skip-preview", "--stack", stack, ...policies], {
    ...{ cwd: REPOSITORY, env: localEnvironment(), log, output: process.stdout },
  });
  if (code !== 0) {
    say(`what pulumi itself said: ${relative(REPOSITORY, log)}`);
    return code;
  }
  say("\nimages:");
  pulumi("stack", "output", "images", "--json", "--stack", stack);
  say(`
by hand:     source .local/env.sh; pulumi preview --stack ${stack}; pulumi stack output --stack ${stack}
to stop:     npm run local -- stop      (the images stay; "pulumi destroy" removes them)`);
  return 0;
}

/** What guests of another architecture need of this machine. */
function setUpGuests(arch: Arch): void {
  const script = join(REPOSITORY, "toolchain/guests.sh");
  const { status, error } = spawnSync("bash", [script, arch], { stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) throw new Error(`this machine is not ready for guests of ${arch}; what is missing is said above`);
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

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof AggregateError ? error.errors.map(String).join("\n") : String(error));
    process.exitCode = 1;
  },
);
