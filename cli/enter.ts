/**
 * `npm run enter -- STACK`: a shell on the machine of a worker or boot-check stack that was kept after a failure.
 * The keys are in the stack's state; they are written to a folder that only this user can read, for as long as ssh runs.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { sshArguments, type Connection } from "./enter-arguments";

interface Exported {
  readonly deployment: { readonly resources?: readonly { readonly outputs?: Record<string, unknown> }[] };
}

function main(args: readonly string[]): number {
  const [stack, ...command] = args;
  if (stack === undefined) {
    console.error("usage: npm run enter -- STACK [COMMAND...]\n`pulumi stack ls --all` names the stacks");
    return 2;
  }
  const machine = findConnection(stack);
  const folder = mkdtempSync(path.join(tmpdir(), "copr-builders-enter-"));
  try {
    const ssh = spawnSync("ssh", [...sshArguments(machine, folder), ...command], { stdio: "inherit" });
    if (ssh.error) throw ssh.error;
    return ssh.status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function findConnection(stack: string): Connection {
  for (const program of ["worker", "boot-check"]) {
    const state = exportState(path.join(__dirname, "..", "stacks", program), stack);
    const connections = (state?.deployment.resources ?? [])
      .map((resource) => reveal(resource.outputs?.["connection"]) as Connection | undefined)
      .filter((connection) => connection?.hostKey !== undefined);
    const [first] = connections;
    if (first) return first;
  }
  throw new Error(`no stack "${stack}" has a machine to enter; "pulumi stack ls --all" names the stacks there are`);
}

function exportState(program: string, stack: string): Exported | undefined {
  try {
    const args = ["stack", "export", "--show-secrets", "--stack", stack, "-C", program];
    const text = execFileSync("pulumi", args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 1 << 28,
    });
    return JSON.parse(text) as Exported;
  } catch (error) {
    const message = String((error as { stderr?: unknown }).stderr ?? error);
    if (/no stack named/.test(message)) return undefined;
    throw new Error(`the state of stack "${stack}" can't be read: ${message}`, { cause: error });
  }
}

/** Takes the wrapping off secrets, as `pulumi stack export --show-secrets` leaves it on. */
function reveal(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("4dabf18193072939515e22adb298388d" in value && "plaintext" in value) {
    return reveal(JSON.parse(String(value.plaintext)));
  }
  if (Array.isArray(value)) return value.map(reveal);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner)]));
}

process.exitCode = main(process.argv.slice(2));
