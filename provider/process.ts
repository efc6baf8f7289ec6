/** Running commands: each in a process group of its own, so that it can be stopped with all that it started. */
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { LineCutter } from "../contract/line-cutter";
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

/** Rejects when the command can't be started, or writes more than anybody could read: it is killed then. */
export type Run = (command: string, args: readonly string[], options?: RunOptions) => Promise<RunResult>;

const INSIST_SECONDS = 5;

/** Of standard output where nobody takes it line by line: a state is the longest that is read. */
const MOST_OUTPUT_BYTES = 64 * 2 ** 20;
/** Its end, of standard error: what was wrong stands there. */
const KEPT_ERROR_BYTES = 2 ** 20;
/** Characters of a line; the longest that means something are answers of an agent. */
const LONGEST_LINE = 2 ** 20;

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
    const stopping = stopper(() => child.pid, options);
    let tooMuch: Error | undefined;
    const stdout = options.onStdout
      ? lines(child.stdout, options.onStdout)
      : whole(child.stdout, () => {
          tooMuch = new Error(`"${command}" wrote more than ${MOST_OUTPUT_BYTES} bytes, and was ended`);
          stopping.kill();
        });
    const stderr = options.onStderr ? lines(child.stderr, options.onStderr) : lastOf(child.stderr);
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
          if (tooMuch !== undefined) reject(tooMuch);
          else resolve({ code, stdout: stdout.text(), stderr: stderr.text(), killed: stopping.killed() });
        })
        .catch(reject);
    });
    // A command that ends without reading its input closes the pipe: its exit code says what was wrong.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.stdin ?? "");
  });

interface Stopper {
  readonly over: () => void;
  readonly kill: () => void;
  readonly killed: () => boolean;
}

function stopper(pid: () => number | undefined, options: RunOptions): Stopper {
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
    kill,
    killed: () => killed,
  };
}

interface Collected {
  readonly ended: Promise<void>;
  readonly text: () => string;
}

function lines(stream: Readable, onLine: (line: string) => void): Collected {
  const cutter = new LineCutter(onLine, LONGEST_LINE);
  stream.on("data", (part: Buffer) => cutter.push(part));
  const ended = endOf(stream).then(() => cutter.end());
  return { ended, text: () => "" };
}

function whole(stream: Readable, onTooMuch: () => void): Collected {
  const parts: Buffer[] = [];
  let bytes = 0;
  stream.on("data", (part: Buffer) => {
    bytes += part.length;
    if (bytes <= MOST_OUTPUT_BYTES) {
      parts.push(part);
      return;
    }
    stream.destroy();
    onTooMuch();
  });
  return { ended: endOf(stream), text: () => Buffer.concat(parts).toString() };
}

function lastOf(stream: Readable): Collected {
  let kept = Buffer.alloc(0);
  let dropped = 0;
  stream.on("data", (part: Buffer) => {
    const all = Buffer.concat([kept, part]);
    dropped += Math.max(0, all.length - KEPT_ERROR_BYTES);
    kept = all.subarray(-KEPT_ERROR_BYTES);
  });
  const cut = (): string => (dropped === 0 ? "" : `[cut: the first ${dropped} bytes are left out]\n`);
  return { ended: endOf(stream), text: () => `${cut()}${kept.toString()}` };
}

function endOf(stream: Readable): Promise<void> {
  return new Promise<void>((resolve) => stream.once("close", resolve));
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
