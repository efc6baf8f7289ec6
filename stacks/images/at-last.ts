/** What of the older generations is declared: asked again when the new one is complete, which may be hours later. */
import * as pulumi from "@pulumi/pulumi";
import type { LedgerEntry, Plan } from "../../model/plan";
import { announceUnread } from "./announce";
import type { InUse } from "./readers";

export interface AskedBefore {
  /** As it was planned when the run began. */
  readonly planned: Plan;
  readonly inUse: InUse;
  /** The generation that the run makes: known once all of it is there and has passed its boots. */
  readonly entry: pulumi.Output<LedgerEntry>;
}

/** How things stand at the end. */
export interface AskAgain {
  readonly ask: () => Promise<InUse>;
  /** The plan of this run, if these generations are in use. */
  readonly plan: (inUse: readonly string[]) => Plan;
  /** @default `pulumi preview` runs */
  readonly preview?: boolean;
}

/**
 * The plan whose older generations are to be declared now. Deleted is what a run does not declare, and that begins when the
 * program has ended: so the program waits, and what somebody has taken meanwhile stays, and the run is green. What was kept
 * when the run began is kept: nothing goes that the preview did not show.
 */
export async function planAtLast({ planned, inUse, entry }: AskedBefore, again: AskAgain): Promise<Plan> {
  const { ask, plan, preview = pulumi.runtime.isDryRun() } = again;
  // Nothing goes, or, in a preview, nothing will ever be complete.
  if (preview || planned.removed.length === 0) return planned;
  await complete(entry);
  const now = await ask();
  await announceUnread(now.unread);
  const last = plan([...new Set([...inUse.ids, ...now.ids])]);
  const { said = [] } = now;
  const spared = planned.removed.filter((id) => !last.removed.includes(id) && !said.includes(id));
  if (spared.length > 0 && now.unread.length === 0) {
    await pulumi.log.info(`kept after all, taken while this run built: ${spared.join(", ")}`);
  }
  return last;
}

/** Resolves when all of a generation is there and has passed its boots; never where it can't be: the run ends then. */
export function complete(entry: pulumi.Output<unknown>): Promise<void> {
  return new Promise((resolve) => entry.apply(() => resolve()));
}
