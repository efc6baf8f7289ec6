import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { LineSplitter } from "./lines";
import type { Run, RunOptions, RunResult } from "./machine";

/** Lines kept of what a command wrote. */
export const TAIL_LINES = 30;
/** Kept of stdout where nothing ends a command that writes more: a build prints as much as it likes, and only its lines count. */
const KEPT_BYTES = 16 * 2 ** 20;
/** Between the polite end of a command and the certain one. */
const KILL_AFTER_MS = 10_000;
const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** A command that had to succeed and did not. */
export class CommandError extends Error {
  constructor(
    command: string,
    readonly result: RunResult,
  ) {
    super(`${command}: ${result.reason ?? `exit status ${result.code}`}`);
    this.name = "CommandError";
  }
}

/** Environment of every command: messages that can be parsed, commands of the administrator found. */
export function environment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const path = [...(process.env["PATH"] ?? "").split(":").filter(Boolean), ...SYSTEM_FOLDERS];
  return { ...process.env, HOME: process.env["HOME"] ?? "/root", LC_ALL: "C.UTF-8", PATH: path.join(":"), ...extra };
}

/** Is there such a command on PATH or in the system's folders? */
export async function findCommand(command: string): Promise<boolean> {
  for (const folder of (environment()["PATH"] ?? "").split(":")) {
    try {
      await access(join(folder, command), constants.X_OK);
      return true;
    } catch {
      // Not in this folder; the next one may have it.
    }
  }
  return false;
}

/** Runs a command in a process group of its own, so that its children end with it. */
export const runCommand: Run = (command, args, options) =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: [options.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      detached: true,
      env: environment(options.env),
    });
    // Whoever does not read it ends the pipe: that is its own affair.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.stdin);
    const tail: string[] = [];
    const keep = (line: string): void => {
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      options.onLine?.(line);
    };
    const out = new LineSplitter(keep);
    const err = new LineSplitter(keep);
    const chunks: Buffer[] = [];
    let bytes = 0;
    child.stdout?.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > (options.stdoutLimit ?? Infinity)) stopped.end(`wrote more than ${options.stdoutLimit} bytes`);
      else if (bytes <= KEPT_BYTES || options.stdoutLimit !== undefined) chunks.push(chunk);
      out.push(chunk);
    });
    child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
    if (child.pid !== undefined) options.onStart?.(child.pid);

    const stopped = endOnTimeOrSignal(child.pid, options);
    const finish = (code: number | null, reason: string | undefined): void => {
      stopped.cancel();
      out.end();
      err.end();
      const result = { code, stdout: Buffer.concat(chunks).toString("utf8"), tail };
      resolve(reason === undefined ? result : { ...result, reason });
    };
    child.on("error", (error) => finish(null, `cannot be started: ${error.message}`));
    child.on("close", (code, signal) => {
      const killed = signal === null ? undefined : `ended by ${signal}`;
      finish(code, stopped.why() ?? killed);
    });
  });

function endOnTimeOrSignal(
  pid: number | undefined,
  options: RunOptions,
): { end(reason: string): void; cancel(): void; why(): string | undefined } {
  let why: string | undefined;
  let certain: NodeJS.Timeout | undefined;
  const end = (reason: string): void => {
    if (why !== undefined || pid === undefined) return;
    why = reason;
    killGroup(pid, "SIGTERM");
    certain = setTimeout(() => killGroup(pid, "SIGKILL"), KILL_AFTER_MS);
  };
  const onAbort = (): void => end("stopped with the agent");
  const timer = setTimeout(() => end(`not done after ${Math.round(options.timeoutMs / 1000)} s`), options.timeoutMs);
  options.signal?.addEventListener("abort", onAbort);
  if (options.signal?.aborted === true) onAbort();
  return {
    end,
    cancel: () => {
      clearTimeout(timer);
      clearTimeout(certain);
      options.signal?.removeEventListener("abort", onAbort);
    },
    why: () => why,
  };
}

/** Sends a signal to a process and all that it started; a group that is gone already is fine. */
export function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ESRCH") throw cause;
  }
}
