/**
 * Plugins of an inner engine that was killed: they are in process groups of their own, and most never notice. They bear
 * the stack's name in their environment, which Linux shows; elsewhere they are left to themselves.
 */
import { readFileSync } from "node:fs";
import { type ProcessTable, processTable, treeOf } from "../process-tree";
import { signalGroup } from "../process";

const MARK = "BUILDERS_INNER_STACK";

/** What every process of the inner stack inherits. */
export function strayMark(stack: string): NodeJS.ProcessEnv {
  return { [MARK]: stack };
}

export interface Strays {
  readonly processes: () => ProcessTable;
  /** Words `NAME=VALUE`; empty for a process that can't be looked into. */
  readonly environment: (pid: number) => readonly string[];
  readonly kill: (pid: number) => void;
  readonly self: number;
}

/** Ends them all: whoever they worked for is dead, and the stack's lock is ours. */
export function endStrays(stack: string, strays: Strays = realStrays): number {
  const table = strays.processes();
  const own = new Set(treeOf(strays.self, table));
  const found = [...table.keys()].filter(
    (pid) => !own.has(pid) && strays.environment(pid).includes(`${MARK}=${stack}`),
  );
  for (const pid of found) strays.kill(pid);
  return found.length;
}

const realStrays: Strays = {
  processes: processTable,
  environment: (pid) => {
    try {
      return readFileSync(`/proc/${String(pid)}/environ`, "utf8").split("\0");
    } catch {
      // Another user's, or gone.
      return [];
    }
  },
  kill: (pid) => signalGroup(pid, "SIGKILL"),
  self: process.pid,
};
