/** What tests ask of a running AWS emulator, beside the calls of AWS: its control endpoint, typed. */

/** Which calls fail, how often and how. The first one that applies strikes. */
export interface Fault {
  /** As AWS names it, e.g. `PutSnapshotBlock` or `ec2:RegisterImage`; `*` is all. */
  readonly action: string;
  /** Share of the calls, from 0 to 1. @default 1 */
  readonly rate?: number;
  /** So many calls fail, then no more. @default no end */
  readonly times?: number;
  /** So many calls pass first. @default 0 */
  readonly after?: number;
  /** Only calls with these parameters, as the wire has them, e.g. `{ "InstanceMarketOptions.MarketType": "spot" }`. */
  readonly match?: Readonly<Record<string, string>>;
  /** HTTP status. @default 503; 400 for the codes of throttling */
  readonly status?: number;
  /** @default ServiceUnavailable */
  readonly code?: string;
  readonly message?: string;
  /** Instead of an answer, the connection is reset when this share of a block was received. */
  readonly cutAtFraction?: number;
}

/** Sessions of roles expire after so many calls each, from now on. */
export interface Expiry {
  readonly expireAfterUses: number;
  /** So many sessions, then no more. @default every one */
  readonly times?: number;
}

export interface Stats {
  /** By `service:Action`. Faults count as failed. */
  readonly calls: Readonly<Record<string, { allowed: number; denied: number; failed: number }>>;
  /** What was refused for want of a permission, in order. */
  readonly denied: readonly { readonly principal: string; readonly action: string; readonly resource: string }[];
  /** Every call in order, those of blocks left out: did it carry tags for what it makes, was it a dry run? */
  readonly log: readonly { readonly action: string; readonly tagged: boolean; readonly dryRun: boolean }[];
  /** What of policies allowed a call that nothing else would have allowed, as it is written there; not of dry runs. */
  readonly grantsUsed: readonly { readonly sid: string; readonly action: string; readonly resource: string }[];
  /** What was asked and taken, or answered, in another way than the AWS SDK's models say; a reset keeps it. */
  readonly misfits: readonly string[];
  readonly snapshots: Readonly<
    Record<
      string,
      {
        readonly region: string;
        /** Different blocks that are there. */
        readonly blocks: number;
        /** Blocks and bytes that were taken in, those put again included. */
        readonly puts: number;
        readonly bytes: number;
        readonly status: "pending" | "completed" | "error";
      }
    >
  >;
  readonly instances: Readonly<
    Record<
      string,
      {
        readonly region: string;
        readonly state: string;
        readonly publicIp: string | null;
        /** Process of the machine behind it. */
        readonly guest: number | null;
      }
    >
  >;
}

export interface Control {
  /** Everything as at the start, with the same credentials: no resource, guest, fault or enforcement. */
  reset(): Promise<void>;
  /** Adds faults; those that are there stay. */
  faults(...faults: readonly (Fault | Expiry)[]): Promise<void>;
  clearFaults(): Promise<void>;
  /** Are policies enforced? Off at the start. */
  enforceIam(enforce: boolean): Promise<void>;
  /**
   * Policies above those of the caller, by kind as AWS calls it, instead of all that were there: "service control policy",
   * "resource control policy", "permissions boundary", "VPC endpoint policy".
   */
  guards(documents: Readonly<Record<string, object>>): Promise<void>;
  /** How often new things are read as pending. */
  pendingReads(reads: number): Promise<void>;
  /** How often reads of new things say that there is no such thing, and lists leave them out: EC2's eventual consistency. */
  unseenReads(reads: number): Promise<void>;
  /** Moves the clock forward: snapshots that get no block are given up by it. */
  passMinutes(minutes: number): Promise<void>;
  /** Takes a spot instance away, as AWS does when it needs the capacity. */
  takeSpotInstance(instanceId: string): Promise<void>;
  stats(): Promise<Stats>;
}

export function makeControl(endpoint: string): Control {
  const ask = async (method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${endpoint}/builders-emulator/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`the AWS emulator refused ${method} ${path}: ${text}`);
    return JSON.parse(text);
  };
  const tell = async (method: "POST" | "DELETE", path: string, body: unknown = {}): Promise<void> => {
    await ask(method, path, body);
  };
  return {
    reset: () => tell("POST", "reset"),
    faults: (...faults) => tell("POST", "faults", faults),
    clearFaults: () => tell("DELETE", "faults"),
    enforceIam: (enforce) => tell("POST", "iam", { enforce }),
    guards: (documents) => tell("POST", "guards", documents),
    pendingReads: (reads) => tell("POST", "pending", { reads }),
    unseenReads: (reads) => tell("POST", "unseen", { reads }),
    passMinutes: (minutes) => tell("POST", "clock", { minutes }),
    takeSpotInstance: (instanceId) => tell("POST", "terminate", { instanceId, reason: "spot" }),
    stats: async () => (await ask("GET", "stats")) as Stats,
  };
}
