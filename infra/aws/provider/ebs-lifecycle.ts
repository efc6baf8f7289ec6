/** What snapshots take time for: a start that surely is a fresh one, and a completion that surely is one. */
import { createHash, randomUUID } from "node:crypto";
import { nameOf } from "./clients";
import type { EbsSnapshots, SnapshotInfo, StartArgs } from "./ebs-snapshots";
import type { Wait } from "../../../provider/wait";
import { BUILD_TAG, OWNER_TAG } from "../../../provider/owner";

/** EC2 may not know for a while what EBS direct has just made. */
const VISIBLE_MS = 60_000;
const LOOK_MS = 1_000;
const SLOW_LOOK_MS = 5_000;
const COMPLETE_MS = 60 * 60_000;
/** So many reads in a row have to agree: one may come from a copy of the state that is ahead of the others. */
const AGREEING = 3;
/** Tag of a snapshot that somebody waits to fill: a hash of the work. A run that was cut off is continued by it. */
const BEGUN_TAG = "copr-builders-begun";

/** Nothing will come of this snapshot: AWS gave it up, or somebody deleted it. */
export class SnapshotLost extends Error {}

/**
 * Starts a snapshot that is pending, or gives the pending one that an earlier run with the same name started and was cut
 * off from. That is found by a tag: a token of AWS's names a snapshot for a day, whatever has become of it.
 * @param name of the work, any text with the owner in it: the same name is the same snapshot as long as that is pending
 */
export async function startPending(
  snapshots: EbsSnapshots,
  name: string,
  args: Omit<StartArgs, "token">,
  wait: Wait,
  stop: AbortSignal,
): Promise<{ readonly snapshotId: string; readonly encrypted: boolean }> {
  const begun = { [BEGUN_TAG]: createHash("sha256").update(name).digest("hex") };
  const left = (await snapshots.list(begun)).find(({ state }) => state === "pending");
  if (left !== undefined) return { snapshotId: left.snapshotId, encrypted: left.encrypted };
  const started = await snapshots.start({ ...args, tags: { ...args.tags, ...begun }, token: randomUUID() });
  const found = await seen(snapshots, started.snapshotId, wait, stop);
  if (found?.state !== "pending") {
    const state = found === undefined ? "not to be found" : found.state;
    throw new Error(
      `snapshot ${started.snapshotId} in ${snapshots.region} is ${state} right after its start; run "pulumi up" again`,
    );
  }
  return { ...started, encrypted: started.encrypted || found.encrypted };
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
    if (found?.state === "error") throw new SnapshotLost(`${where} failed: ${found.message || "AWS does not say why"}`);
    const passed = wait.now() - started;
    if (found === undefined && passed > VISIBLE_MS)
      throw new SnapshotLost(`${where} is not there: somebody deleted it`);
    if (passed > COMPLETE_MS) {
      const last = found === undefined ? "" : `, it is ${found.state}, ${found.progress}`;
      throw new Error(`${where} was not completed after ${COMPLETE_MS / 60_000} minutes${last}`);
    }
    if (agreeing === 0) status(`waiting for snapshot ${snapshotId}${found ? `: ${found.progress}` : ""}`);
    await wait.sleep(passed < 60_000 ? LOOK_MS : SLOW_LOOK_MS, stop);
  }
}

/**
 * Deletes every snapshot of one build that the stack owns, on its way or finished.
 * @returns ids of those that stay, because an image uses them
 */
export async function deleteSnapshotsOf(snapshots: EbsSnapshots, identity: string, key: string): Promise<string[]> {
  const kept: string[] = [];
  for (const { snapshotId } of await snapshots.list({ [OWNER_TAG]: identity, [BUILD_TAG]: key })) {
    try {
      await snapshots.delete(snapshotId);
    } catch (error) {
      if (!(error instanceof Error) || nameOf(error.cause) !== "InvalidSnapshot.InUse") throw error;
      kept.push(snapshotId);
    }
  }
  return kept;
}
