import { readFile } from "node:fs/promises";
import { killGroup } from "./processes";
import type { Clock } from "./machine";

/** A process that can be told from a later one with the same number. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks from boot to its start: field 22 of /proc/PID/stat, see proc(5). */
  readonly startTime: string;
}

/** Names a running process; undefined when it is gone, or dead and only waits for its parent. */
export async function identify(pid: number): Promise<ProcessId | undefined> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The command's name, in parentheses, may hold spaces and parentheses: count from the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, startTime] = [fields[0], fields[19]];
  return state === "Z" || startTime === undefined ? undefined : { pid, startTime };
}

/** Does this very process still run? */
export async function isAlive(id: ProcessId): Promise<boolean> {
  return (await identify(id.pid))?.startTime === id.startTime;
}

/** Ends a process group that its leader names; true if it is gone within the time. */
export async function endGroup(id: ProcessId, signal: NodeJS.Signals, waitMs: number, clock: Clock): Promise<boolean> {
  if (!(await isAlive(id))) return true;
  killGroup(id.pid, signal);
  for (const until = clock.now() + waitMs; clock.now() < until;) {
    if (!(await isAlive(id))) return true;
    await clock.sleep(100);
  }
  return !(await isAlive(id));
}
