/** What snapshots take time for: a start that surely is a fresh one, and a completion that surely is one. */
import { createHash } from "node:crypto";
import type { EbsSnapshots, SnapshotInfo, StartArgs } from "./ebs-snapshots";

export interface Wait {
  readonly now: () => number;
  /** Rejects with the signal's reason. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** EC2 may not know for a while what EBS direct has just made. */
const VISIBLE_MS = 60_000;
const LOOK_MS = 1_000;
const SLOW_LOOK_MS = 5_000;
const COMPLETE_MS = 60 * 60_000;
/** So many reads in a row have to agree: one may come from a copy of the state that is ahead of the others. */
const AGREEING = 3;
/** Tokens of snapshots that were deleted or failed name those for a day. */
const TOKENS = 8;

/**
 * Starts a snapshot that is pending, or gives the pending one that an earlier run with the same name started and was cut
 * off from.
 * @param name of the work, any text: the same name is the same snapshot as long as that one is pending
 */
export async function startPending(
  snapshots: EbsSnapshots,
  name: string,
  args: Omit<StartArgs, "token">,
  wait: Wait,
  stop: AbortSignal,
): Promise<{ readonly snapshotId: string; readonly encrypted: boolean }> {
  for (let attempt = 1; attempt <= TOKENS; attempt += 1) {
    const token = createHash("sha256").update(`${name}#${attempt}`).digest("hex");
    const started = await snapshots.start({ ...args, token });
    const found = await seen(snapshots, started.snapshotId, wait, stop);
    if (found?.state === "pending") return { ...started, encrypted: started.encrypted || found.encrypted };
  }
  throw new Error(
    `${snapshots.region}: ${TOKENS} snapshots were begun for the same work in a day, and each failed or was deleted; look into why before going on`,
  );
}

async function seen(
  snapshots: EbsSnapshots,
  snapshotId: string,
  wait: Wait,
  stop: AbortSignal,
): Promise<SnapshotInfo | undefined> {
  for (const until = wait.now() + VISIBLE_MS; ;) {
    const found = await snapshots.find(snapshotId);
    if (found !== undefined || wait.now() > until) return found;
    await wait.sleep(LOOK_MS, stop);
  }
}

/** Waits until a snapshot is completed, in several reads that agree. */
export async function waitCompleted(
  snapshots: EbsSnapshots,
  snapshotId: string,
  wait: Wait,
  stop: AbortSignal,
  status: (text: string) => void,
): Promise<SnapshotInfo> {
  const started = wait.now();
  const where = `snapshot ${snapshotId} in ${snapshots.region}`;
  let agreeing = 0;
  for (;;) {
    const found = await snapshots.find(snapshotId);
    agreeing = found?.state === "completed" ? agreeing + 1 : 0;
    if (found !== undefined && agreeing === AGREEING) return found;
    if (found?.state === "error") throw new Error(`${where} failed: ${found.message || "AWS does not say why"}`);
    const passed = wait.now() - started;
    if (found === undefined && passed > VISIBLE_MS) throw new Error(`${where} is not there: somebody deleted it`);
    if (passed > COMPLETE_MS) {
      const last = found === undefined ? "" : `, it is ${found.state}, ${found.progress}`;
      throw new Error(`${where} was not completed after ${COMPLETE_MS / 60_000} minutes${last}`);
    }
    if (agreeing === 0) status(`waiting for snapshot ${snapshotId}${found ? `: ${found.progress}` : ""}`);
    await wait.sleep(passed < 60_000 ? LOOK_MS : SLOW_LOOK_MS, stop);
  }
}

/** The real clock. */
export const realWait: Wait = {
  now: Date.now,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", stop);
        resolve();
      }, ms);
      signal.addEventListener("abort", stop, { once: true });
      if (signal.aborted) stop();
    }),
};
