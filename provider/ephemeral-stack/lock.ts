/**
 * The lock of a stack on a file or bucket backend: whose it is, and whether that process still lives. The lock of a dead
 * process on this host is no lock; a live one is ended if the provider that started it is dead.
 */
import { hostname } from "node:os";
import { type ProcessTable, processTable, treeOf } from "../process-tree";
import { signalGroup } from "../process";

export interface Lock {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
}

/** Marks the inner engine's command line with the provider that started it. */
export function ownerMark(providerPid: number): string {
  return `builders/${String(providerPid)}`;
}

export interface Machine {
  readonly host: string;
  readonly processes: () => ProcessTable;
  readonly signal: (pid: number, signal: NodeJS.Signals) => void;
  readonly sleep: (ms: number) => Promise<void>;
}

export const thisMachine: Machine = {
  host: hostname(),
  processes: processTable,
  signal: signalGroup,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** The locks that an error of the Pulumi CLI names; empty if the error is another one. */
export function parseLocks(text: string): readonly Lock[] {
  if (!text.includes("the stack is currently locked by")) return [];
  return [...text.matchAll(/created by (\S*)@(\S+) \(pid (\d+)\)/g)].map(([, user = "", host = "", pid]) => ({
    user,
    host,
    pid: Number(pid),
  }));
}

/** How long a live owner that is about to end is waited for; how long one may take to end when asked. */
const WAIT_SECONDS = 60;
const GRACE_SECONDS = 20;

/**
 * Returns when no process holds these locks any more, so that they can be removed.
 * @throws Error that names the holder which can't or mustn't be ended from here
 */
export async function outliveOwners(
  stack: string,
  locks: readonly Lock[],
  machine: Machine = thisMachine,
): Promise<void> {
  for (const lock of locks) {
    if (lock.host !== machine.host) {
      throw new Error(
        `stack ${stack} is locked by ${lock.user}@${lock.host} (process ${String(lock.pid)}): wait for it; ` +
          `if that process is dead, "pulumi cancel --yes --stack ${stack}" removes its lock`,
      );
    }
    await outlive(stack, lock.pid, machine);
  }
}

async function outlive(stack: string, pid: number, machine: Machine): Promise<void> {
  for (let second = 0; second < WAIT_SECONDS; second++) {
    const table = machine.processes();
    const owner = table.get(pid);
    // The number may have been given to another program since.
    if (!owner?.command.includes("pulumi")) return;
    const provider = /builders\/(\d+)/.exec(owner.command)?.[1];
    if (provider !== undefined && !isProvider(table, Number(provider))) {
      await end(stack, pid, machine);
      return;
    }
    await machine.sleep(1000);
  }
  throw new Error(`stack ${stack} is used by process ${String(pid)} on this machine: wait for it to end, or end it`);
}

function isProvider(table: ProcessTable, pid: number): boolean {
  return table.get(pid)?.command.includes("provider/main.ts") === true;
}

/** An orphan: nobody waits for its answer, but it still works on the stack. */
async function end(stack: string, pid: number, machine: Machine): Promise<void> {
  machine.signal(pid, "SIGINT");
  for (let second = 0; second < GRACE_SECONDS; second++) {
    await machine.sleep(1000);
    if (!machine.processes().has(pid)) return;
  }
  for (const one of treeOf(pid, machine.processes())) machine.signal(one, "SIGKILL");
  await machine.sleep(1000);
  if (machine.processes().has(pid))
    throw new Error(`stack ${stack}: process ${String(pid)} does not end; end it by hand`);
}
