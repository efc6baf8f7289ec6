/** Knows a process again: a pid alone may be a stranger's by now, a pid with its start time is not. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export interface ProcessId {
  readonly pid: number;
  /** Start of the process in clock ticks since the boot. */
  readonly startTime: string;
  readonly bootId: string;
}

export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/** The identity of a running process, or undefined if there is none of that pid (or only its zombie). */
export function identify(pid: number): ProcessId | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  // The second field, the name, is in brackets and may hold anything: count from its end. Fields 3 and 22 of proc(5).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, startTime] = [fields[0], fields[19]];
  if (startTime === undefined || state === "Z" || state === "X") return undefined;
  return { pid, startTime, bootId: bootId() };
}

export function isRunning(process: ProcessId): boolean {
  const now = identify(process.pid);
  return now !== undefined && now.startTime === process.startTime && now.bootId === process.bootId;
}

/** Ends a process: asks first, forces after `patienceSeconds`. */
export async function end(target: ProcessId, name: string, patienceSeconds = 15): Promise<void> {
  for (const [signal, seconds] of [
    ["SIGTERM", patienceSeconds],
    ["SIGKILL", 5],
  ] as const) {
    if (!isRunning(target)) return;
    process.kill(target.pid, signal);
    if (await becomes(() => !isRunning(target), seconds)) return;
  }
  throw new Error(`${name} (pid ${target.pid}) still runs after SIGKILL; see what it hangs on in /proc/${target.pid}`);
}

/** Asks `ready` ten times a second until it says yes; false after `seconds`. */
export async function becomes(ready: () => boolean | Promise<boolean>, seconds: number): Promise<boolean> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    if (await ready()) return true;
    if (Date.now() >= until) return false;
    await sleep(100);
  }
}

export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === "ENOENT" || code === "ESRCH";
}
