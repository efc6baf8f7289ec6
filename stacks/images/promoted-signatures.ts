/** What a promoting stack asks of signatures: in its previews too, before its outputs name anything. */
import * as pulumi from "@pulumi/pulumi";
import { findingText, PreflightError } from "../../components/preflight";
import type { Held } from "../../model/outputs/owner";
import type { LedgerEntry } from "../../model/plan";
import type { PromoteSettings } from "../../model/settings";
import type { OpenStore } from "../../provider/object-store";
import { refusedBuilds } from "./signatures";

export interface PromotedArgs {
  readonly signing: PromoteSettings["signing"];
  /** The stack that builds. */
  readonly from: string;
  readonly held: Held | undefined;
  /** What this stack uses from now on, then what it may go back to. */
  readonly entries: readonly [LedgerEntry, ...LedgerEntry[]];
  readonly openStore?: OpenStore;
  readonly warn?: (text: string) => Promise<void>;
}

/**
 * What is used from now on has to be signed. What was used before is named only: to go back to it is refused when that is tried.
 * @throws PreflightError
 */
export async function refuseUnsigned(args: PromotedArgs): Promise<void> {
  const { signing, from, held, entries, openStore, warn = (text) => pulumi.log.warn(text) } = args;
  if (signing === undefined) return;
  if (held === undefined) {
    const problem = `${from} was last run by a version that signs nothing, and does not say where its records are`;
    throw new PreflightError([
      { path: "signing.trusted", problem, remedy: `set signing.key there and run "pulumi up"` },
    ]);
  }
  const refused = async ({ id, images }: LedgerEntry) => {
    const { store, identity } = held;
    const builds = images.map(({ key, arch }) => ({ key, arch }));
    const more = openStore === undefined ? {} : { openStore };
    const found = await refusedBuilds({
      builds,
      made: entries,
      stack: identity,
      store,
      trusted: signing.trusted,
      ...more,
    });
    return found.map(({ problem, ...finding }) => ({ ...finding, problem: `${id} of ${from}, ${problem}` }));
  };
  const [current, ...before] = entries;
  const findings = await refused(current);
  for (const finding of (await Promise.all(before.map(refused))).flat()) await warn(findingText(finding));
  if (findings.length > 0) throw new PreflightError(findings);
}
