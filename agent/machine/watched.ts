import { setTimeout as pause } from "node:timers/promises";
import type { Run, RunResult } from "./machine";
import { readPosition } from "./read-position";
import { whileRunning } from "./while-running";

export interface ReadThroughOptions {
  readonly from: string;
  readonly run: Run;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onStart?: (pid: number) => Promise<void>;
  /** How far it has read, bytes. */
  readonly onProgress: (bytes: number) => void;
}

/** Runs a command that reads a file from beginning to end, and tells how far it is. */
export async function runWatched(
  [command, ...args]: readonly [string, ...string[]],
  { from, run, timeoutMs, signal, onStart, onProgress }: ReadThroughOptions,
): Promise<RunResult> {
  let pid: number | undefined;
  let told: Promise<void> | undefined;
  const running = run(command, args, {
    timeoutMs,
    signal,
    onStart: (started) => {
      pid = started;
      told = onStart?.(started);
    },
  });
  const look = async (): Promise<void> => {
    const bytes = pid === undefined ? undefined : await readPosition(pid, from);
    if (bytes !== undefined) onProgress(bytes);
  };
  const result = await whileRunning(running, look, pause);
  await told;
  return result;
}
