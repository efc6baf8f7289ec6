/** A service of one test file, ended with it. */
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { becomes, end, identify } from "../../cli/local/processes";
import { processTable } from "../../provider/process-tree";

/** Ends what was started. */
export type Stop = () => Promise<void>;

export interface ServiceSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly log: string;
  readonly ready: () => Promise<boolean>;
}

/** How long a service may take to answer on a busy machine. */
const READY_SECONDS = 60;

/** @returns what ends it */
export async function startService({ name, command, args, env, log, ready }: ServiceSpec): Promise<Stop> {
  const output = openSync(log, "a", 0o600);
  // It ends with this process, however that ends.
  const child = spawn("setpriv", ["--pdeathsig", "TERM", command, ...args], {
    stdio: ["ignore", output, output],
    env: { ...process.env, ...env },
    detached: true,
  });
  closeSync(output);
  const running = child.pid === undefined ? undefined : identify(child.pid);
  if (running === undefined) throw new Error(`${name} can't be started: is ${command} installed?`);
  const tail = () => readFileSync(log, "utf8").split("\n").slice(-15).join("\n");
  const answers = await becomes(() => {
    if (child.exitCode !== null) throw new Error(`${name} ended while starting:\n${tail()}`);
    return ready();
  }, READY_SECONDS);
  if (!answers) throw new Error(`${name} does not answer after ${READY_SECONDS} s:\n${tail()}`);
  return () => end(running, name);
}

export interface Process {
  readonly pid: number;
  readonly command: string;
}

/** Processes whose environment has this `NAME=VALUE`. */
export function processesWith(variable: string): Process[] {
  const all = [...processTable().values()].filter(({ command }) => command !== "");
  return all.filter(({ pid }) => environmentOf(pid).includes(variable));
}

function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
  } catch {
    return []; // gone by now
  }
}

/** Ends a process at once; one that is gone has ended. */
export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
