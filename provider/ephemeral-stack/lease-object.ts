/** What a lease says, and whether its holder is still at work: decided by any machine, with no clock but the store's. */
import { z } from "zod";
import type { ObjectVersion } from "../object-store-versions";
import type { ProcessTable } from "../process-tree";
import { isProvider } from "./lock";

/** An inner engine: the lock of the stack names it in the same way. */
const engineSchema = z.object({ host: z.string(), pid: z.int() });
export type Engine = z.infer<typeof engineSchema>;

const leaseSchema = z.object({
  /** One taking of the lease, whoever took it. */
  holder: z.string(),
  user: z.string(),
  host: z.string(),
  /** This boot of this machine, or of this container: numbers of processes mean something only in it. */
  machine: z.string(),
  /** The provider. */
  pid: z.int(),
  /** Engines that it started, and those of the holders before it whose locks may still be there. */
  engines: z.array(engineSchema),
  beat: z.int(),
});
export type LeaseBody = z.infer<typeof leaseSchema>;

/** A holder writes every `BEAT_MS`, stops its own work if it couldn't for `GIVE_UP_MS`, and is dead after `STALE_MS`. */
export const BEAT_MS = 30_000;
export const GIVE_UP_MS = 120_000;
export const STALE_MS = 180_000;

/** Undefined for what no version of ours has written. */
export function readLease(found: ObjectVersion | undefined): LeaseBody | undefined {
  return leaseSchema.safeParse(found?.body).data;
}

/** The machine that asks. */
export interface Asking {
  readonly machine: string;
  readonly pid: number;
  readonly processes: () => ProcessTable;
}

/** True if its holder does nothing any more. */
export function isOver(found: ObjectVersion, asking: Asking): boolean {
  if (found.serverDate.getTime() - found.modifiedAt.getTime() >= STALE_MS) return true;
  const lease = readLease(found);
  if (lease?.machine !== asking.machine) return false;
  // Our own, from earlier in this process: its work has ended, or we would not be here.
  return lease.pid === asking.pid || !isProvider(asking.processes(), lease.pid);
}

export function holderText(found: ObjectVersion): string {
  const lease = readLease(found);
  return lease === undefined ? "somebody unknown" : `${lease.user}@${lease.host} (process ${String(lease.pid)})`;
}
