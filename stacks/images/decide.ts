/** What a run will do: decided and said before anything is made, or refused with everything that stands against it. */
import * as pulumi from "@pulumi/pulumi";
import { findingText, PreflightError, sortFindings } from "../../components/preflight";
import type { BuildSigning } from "../../components/build-signing";
import type { LedgerEntry, Plan } from "../../model/plan";
import { checkArchitectures, checkSignatures } from "../../model/source";
import { openStore } from "../../provider/object-store";
import { announce, announceDown, announcePaused, announceUnread, announcement } from "./announce";
import { checkBeforehand, type Beforehand } from "./beforehand";
import { egressFindings } from "./egress";
import type { RunKnowledge } from "./knowledge";
import { everMade, type RealPlan } from "./plan";
import { unsignedBuilds } from "./signatures";
import { twins } from "./twin";
import { announceUsers } from "./users";

export interface Decision {
  readonly first: RealPlan;
  /** Ids of generations that something uses, as far as it was known then. */
  readonly inUse: readonly string[];
}

/** @throws PreflightError with every finding at once */
export async function decide(known: RunKnowledge, signing: BuildSigning | undefined): Promise<Decision> {
  const begun = await known.planForReality(known.inUse.ids);
  const named = await known.askNamed(begun.planned);
  const inUse = [...known.inUse.ids, ...named.ids];
  const looked = named.ids.length === 0 ? begun : await known.planForReality(inUse, begun);
  await announce([...announcement(looked.planned), ...looked.notes]);
  if (looked.planned.action === "new") await announce(known.sources.signatures?.notes ?? []);
  await announcePaused(looked.planned);
  await announceDown(looked.planned);
  await announceUsers(named);
  await announceUnread(known.inUse.unread);
  await warnOfSources(known, looked.planned);
  const ofWorkers = looked.planned.action === "new" ? await egressFindings(known.settings, known.sources) : [];
  const { missing, notes } = sortFindings(ofWorkers);
  for (const note of notes) await pulumi.log.warn(findingText(note));
  const findings = [...missing, ...(await findingsOfStore(known, looked.planned, signing)), ...looked.findings];
  if (findings.length > 0) throw new PreflightError(findings);
  const { settings, identity, past } = known;
  // A preview changes nothing, and may be run by somebody who can't: only reads are asked of it.
  const isAsked = !pulumi.runtime.isDryRun() && publishesMore(looked.planned, past.ledger);
  const without: Beforehand["without"] = (unreached) => known.planForReality(inUse, { ...begun, unreached });
  return { first: isAsked ? await checkBeforehand(looked, { settings, identity, without }) : looked, inUse };
}

async function warnOfSources({ settings, sources }: RunKnowledge, planned: Plan): Promise<void> {
  // Nothing is pulled for what stands already.
  const isNew = planned.action === "new";
  const more = isNew
    ? [...(await checkArchitectures(settings, sources)), ...(await checkSignatures(settings, sources))]
    : [];
  for (const warning of [...sources.warnings, ...more]) await pulumi.log.warn(warning);
}

/** Copies of this stack, and records that are not as they were signed. */
async function findingsOfStore(
  { identity, settings: { store }, past, stack }: RunKnowledge,
  { builds }: Plan,
  signing: BuildSigning | undefined,
) {
  const copies = identity === undefined ? [] : await twins({ identity, store: openStore(store) });
  return [...copies, ...(await unsignedBuilds({ signing, builds, made: everMade(past), stack, store }))];
}

/** False where every image is in its place already: such a run asks nobody for anything. */
function publishesMore({ generations: [current] }: Plan, ledger: readonly LedgerEntry[]): boolean {
  const before = ledger.find(({ id }) => id === current?.id);
  const places = (before?.images ?? []).flatMap((image) => image.places);
  const remadeBefore = new Map(places.map(({ id, remade }) => [id, remade]));
  const isToBeMade = (id: string, remade: string | undefined): boolean =>
    before?.published[id] === undefined || remade !== remadeBefore.get(id);
  return current?.images.some((image) => image.places.some(({ id, remade }) => isToBeMade(id, remade))) ?? false;
}
