/** Running commands: each in a process group of its own, so that it can be stopped with all that it started. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { treeOf } from "./process-tree";

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Written to the command's standard input, which is then closed. */
  readonly stdin?: string;
  readonly onStart?: (pid: number) => void;
  /** Called for each line; what goes to it is not kept in the result. */
  readonly onStdout?: (line: string) => void;
  readonly onStderr?: (line: string) => void;
  /** Each ends the command when it is aborted; the second to be aborted can only shorten what the first began. */
  readonly stops?: readonly Stop[];
  /** The signal that asks it to end. @default "SIGTERM" */
  readonly stopWith?: "SIGINT" | "SIGTERM";
}

/**
 * Asks the command to end; after `graceSeconds` once more, which the Pulumi CLI takes as "at once"; after
 * `INSIST_SECONDS` more kills it and everything below it. "none": kills it at once.
 */
export interface Stop {
  readonly when: AbortSignal;
  readonly graceSeconds: number | "none";
}

export interface RunResult {
  /** Exit code; null if a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** True if it had to be killed: its own cleaning up did not happen. */
  readonly killed: boolean;
}

/** Rejects only when the command can't be started. */
export type Run = (command: string, args: readonly string[], options?: RunOptions) => Promise<RunResult>;

const INSIST_SECONDS = 5;

/** What a killed child's own children may hold open: the output is read no longer than this after the exit. */
const DRAIN_MS = 2000;

export const run: Run = (command, args, options = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: options.env ?? process.env,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    if (child.pid !== undefined) options.onStart?.(child.pid);
    const stdout = collect(child.stdout, options.onStdout);
    const stderr = collect(child.stderr, options.onStderr);
    const stopping = stopper(() => child.pid, options);
    const settle = (): void => stopping.over();
    child.on("error", (cause) => {
      settle();
      reject(new Error(`can't start "${command}": ${cause.message}; it must be on PATH`, { cause }));
    });
    child.on("exit", (code) => {
      settle();
      const drained = Promise.all([stdout.ended, stderr.ended]);
      const timer = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, DRAIN_MS);
      drained
        .then(() => {
          clearTimeout(timer);
          resolve({ code, stdout: stdout.text(), stderr: stderr.text(), killed: stopping.killed() });
        })
        .catch(reject);
    });
    // A command that ends without reading its input closes the pipe: its exit code says what was wrong.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.stdin ?? "");
  });

function stopper(pid: () => number | undefined, options: RunOptions): { over: () => void; killed: () => boolean } {
  const wanted = options.stopWith ?? "SIGTERM";
  const listeners: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let killAt = Infinity;
  let killed = false;

  const kill = (): void => {
    killed = true;
    for (const one of treeOf(pid())) signalGroup(one, "SIGKILL");
  };
  const insist = (): void => {
    signalGroup(pid(), wanted);
    timer = setTimeout(kill, INSIST_SECONDS * 1000);
  };
  const begin = (graceSeconds: number | "none"): void => {
    if (graceSeconds === "none") {
      clearTimeout(timer);
      killAt = 0;
      kill();
      return;
    }
    const at = Date.now() + graceSeconds * 1000;
    if (killAt === Infinity) signalGroup(pid(), wanted);
    if (at >= killAt) return;
    killAt = at;
    clearTimeout(timer);
    timer = setTimeout(insist, graceSeconds * 1000);
  };
  for (const { when, graceSeconds } of options.stops ?? []) {
    const onAbort = (): void => begin(graceSeconds);
    when.addEventListener("abort", onAbort, { once: true });
    listeners.push(() => when.removeEventListener("abort", onAbort));
    if (when.aborted) onAbort();
  }
  return {
    over: () => {
      clearTimeout(timer);
      for (const remove of listeners) remove();
    },
    killed: () => killed,
  };
}

function collect(stream: Readable, onLine?: (line: string) => void): { ended: Promise<void>; text: () => string } {
  stream.setEncoding("utf8");
  const ended = new Promise<void>((resolve) => stream.once("close", resolve));
  if (onLine) {
    const lines = createInterface({ input: stream, crlfDelay: Infinity });
    lines.on("line", onLine);
    return { ended, text: () => "" };
  }
  const parts: string[] = [];
  stream.on("data", (part: string) => parts.push(part));
  return { ended, text: () => parts.join("") };
}

/** Signals a process and, if it leads one, its group; a process that is gone needs no signal. */
export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}
