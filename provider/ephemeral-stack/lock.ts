/**
 * The lock of a stack on a file or bucket backend: whose it is, and whether that process still lives. The lock of a dead
 * process on this host is no lock; a live one is ended if the provider that started it is dead.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { type ProcessInfo, type ProcessTable, processTable, treeOf } from "../process-tree";
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

/** Somebody lives who works on the stack: it is left alone. */
export class HeldError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "HeldError";
  }
}

export interface Machine {
  readonly host: string;
  /** This boot of this machine or container, unlike any other that bears the same name. */
  readonly id: string;
  readonly user: string;
  /** Of this process. */
  readonly pid: number;
  /** Milliseconds since some moment; setting the clock changes nothing, a suspended machine doesn't count. */
  readonly elapsed: () => number;
  readonly wallClock: () => number;
  readonly processes: () => ProcessTable;
  readonly signal: (pid: number, signal: NodeJS.Signals) => void;
  readonly sleep: (ms: number) => Promise<void>;
}

export const thisMachine: Machine = {
  host: hostname(),
  id: machineId(),
  user: userName(),
  pid: process.pid,
  elapsed: () => performance.now(),
  wallClock: Date.now,
  processes: processTable,
  signal: signalGroup,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

function machineId(): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${hostname()} ${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    // No Linux: containers there have a Linux of their own.
    return hostname();
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have a number alone.
    return String(process.getuid?.() ?? "unknown");
  }
}

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
 * @param outlived says of another host's lock that its engine is dead
 * @throws HeldError that names the holder which can't or mustn't be ended from here
 */
export async function outliveOwners(
  stack: string,
  locks: readonly Lock[],
  machine: Machine = thisMachine,
  outlived: (lock: Lock) => boolean = () => false,
): Promise<void> {
  for (const lock of locks) {
    if (lock.host !== machine.host) {
      if (outlived(lock)) continue;
      throw new HeldError(
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
    if (owner === undefined || !isEngine(owner)) return;
    const provider = /builders\/(\d+)/.exec(owner.command)?.[1];
    if (provider !== undefined && !isProvider(table, Number(provider))) {
      await end(stack, pid, machine);
      return;
    }
    await machine.sleep(1000);
  }
  throw new HeldError(
    `stack ${stack} is used by process ${String(pid)} on this machine: wait for it to end, or end it`,
  );
}

/** The number of a dead engine may have been given to another program since. */
export function isEngine({ command }: ProcessInfo): boolean {
  return command.includes("pulumi");
}

export function isProvider(table: ProcessTable, pid: number): boolean {
  return table.get(pid)?.command.includes("plugin/main.ts") === true;
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
