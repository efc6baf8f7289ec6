/** A stack that builds: plan, builds, generations, outputs. */
import * as pulumi from "@pulumi/pulumi";
import { known } from "../../components/known";
import { imagesOutput, unfinishedOutput } from "../../model/outputs";
import {
  asBefore,
  distinctBuilds,
  parseLedger,
  parseUnfinished,
  plan,
  type GenerationPlan,
  type LedgerEntry,
  type Plan,
} from "../../model/plan";
import { PreflightError } from "../../components/preflight";
import { parts as loadParts } from "../../infra";
import type { AnyParts } from "../../infra/platform";
import { places, type PlatformName } from "../../infra/specs";
import type { BuildSettings } from "../../model/settings";
import { checkArchitectures, identify } from "../../model/source";
import { StackIdentity, StackRegistration } from "../../provider";
import { openStore } from "../../provider/object-store";
import { announce, announcePaused, announceUnread, announcement } from "./announce";
import { planAtLast } from "./at-last";
import { checkBeforehand } from "./beforehand";
import { Declarations } from "./declare";
import { everMade, planForReality, type RealPlan } from "./plan";
import { askReaders, type InUse } from "./readers";
import { ownSigning, unsignedBuilds } from "./signatures";
import { fullName, ownOutputs } from "./stacks";
import { twins } from "./twin";
import { announceUsers, askUsers, type Named } from "./users";

/** What a run has found out so far. */
type Known = Partial<Pick<RealPlan, "rebuild" | "unreached">>;

export async function buildImages(settings: BuildSettings, project: string) {
  const { store } = settings;
  const stack = pulumi.getStack();
  const own = await ownOutputs();
  const signing = await ownSigning(settings);
  const unfinished = parseUnfinished(own("unfinished"));
  const ledger = parseLedger(own("generations"));
  // Before everything else: what is made from here on has an owner.
  const { identity } = new StackIdentity("identity", {
    registration: { store },
    ...(settings.identity === undefined ? {} : { identity: settings.identity }),
  });
  new StackRegistration("registration", { identity, store, stack: fullName(stack) });
  const ownIdentity = await known(identity);
  const ask = (): Promise<InUse> => askReaders({ ...settings, ledger, identity: ownIdentity });
  const [found, inUse] = await Promise.all([identify(settings, project), ask()]);
  const newest = [...ledger].sort((a, b) => b.number - a.number)[0] ?? unfinished;
  const sources = { ...found, identity: asBefore(found.identity, newest?.identity, found.takes) };
  const now = new Date();
  const inputs = (ids: readonly string[], { rebuild, unreached }: Known = {}) => ({
    ...{ settings, identity: sources.identity, ledger, now, inUse: ids },
    ...(unfinished === undefined ? {} : { unfinished }),
    ...(unreached === undefined ? {} : { unreached }),
    ...(rebuild === undefined ? {} : { rebuild }),
  });
  const isNamed = settings.identity !== undefined;
  const real = (ids: readonly string[], known?: Known): Promise<RealPlan> =>
    planForReality({ inputs: inputs(ids, known), store, identity: ownIdentity, stack, isNamed });

  const begun = await real(inUse.ids);
  const today = Object.values(settings.targets).flatMap((target) => places(target));
  const askNamed = ({ removed }: Plan): Promise<Named> =>
    askUsers(
      ledger.filter(({ id }) => removed.includes(id)),
      today,
    );
  const named = await askNamed(begun.planned);
  const usedIds = [...inUse.ids, ...named.ids];
  const looked = named.ids.length === 0 ? begun : await real(usedIds, begun);
  await announce([...announcement(looked.planned), ...looked.notes]);
  if (looked.planned.action === "new") await announce(sources.signatures?.notes ?? []);
  await announcePaused(looked.planned);
  await announceUsers(named);
  await announceUnread(inUse.unread);
  // Nothing is pulled for what stands already.
  const more = looked.planned.action === "new" ? await checkArchitectures(settings, sources) : [];
  for (const warning of [...sources.warnings, ...more]) await pulumi.log.warn(warning);
  const copies = ownIdentity === undefined ? [] : await twins({ identity: ownIdentity, store: openStore(store) });
  const unsigned = await unsignedBuilds({
    signing,
    builds: looked.planned.builds,
    made: everMade({ unfinished, ledger }),
    stack,
    store,
  });
  const findings = [...copies, ...unsigned, ...looked.findings];
  if (findings.length > 0) throw new PreflightError(findings);
  // A preview changes nothing, and may be run by somebody who can't: only reads are asked of it.
  const isAsked = !pulumi.runtime.isDryRun() && publishesMore(looked.planned, ledger);
  const first = isAsked
    ? await checkBeforehand(looked, {
        ...{ settings, identity: ownIdentity },
        without: (unreached) => real(usedIds, { ...begun, unreached }),
      })
    : looked;
  const { planned } = first;

  const parts = await partsOf([...planned.generations, ...ledger]);
  const declarations = new Declarations({
    settings,
    parts,
    sources,
    project,
    identity,
    ledger,
    signing,
    current: planned,
  });
  declarations.staleStacks();
  const [current] = planned.generations;
  if (current === undefined) throw new Error("the plan has no generation");
  const planFor = (ids: readonly string[]): Plan => plan(inputs(ids, first));
  // A disk that it shares with older ones has what any of them needs: which of them stay is only known at the end.
  const older = planFor(ledger.map(({ id }) => id)).generations.slice(1);
  const entry = declarations.generation(current, { ...first, builds: distinctBuilds([current, ...older]) });
  const askAgain = async (): Promise<InUse> => {
    const [readers, users] = await Promise.all([ask(), askNamed(planned)]);
    await announceUsers(users);
    return { ids: [...readers.ids, ...users.ids], unread: readers.unread, said: users.ids };
  };
  const last = await planAtLast(
    { planned, inUse: { ...inUse, ids: usedIds }, entry },
    { ask: askAgain, plan: planFor },
  );
  const atLast =
    last === planned
      ? first
      : await real(
          last.generations.slice(1).map(({ id }) => id),
          first,
        );
  const kept = atLast.planned.generations
    .slice(1)
    .map((generation) => declarations.generation(generation, { ...atLast, builds: atLast.planned.builds }));
  const entries = pulumi.all([entry, ...kept]);
  // A new generation that this run leaves incomplete is none yet: who reads the outputs reads of whole ones only.
  const { action, missing } = planned;
  const incomplete = action === "new" && missing.length > 0;
  const whole = entries.apply((all) => (incomplete ? all.slice(1) : all));
  return {
    images: whole.apply(([current]) => imagesOutput(current)),
    previousImages: whole.apply(([, previous]) => imagesOutput(previous)),
    generations: whole,
    identity,
    store,
    ...(incomplete
      ? { unfinished: entries.apply(([first]) => (first === undefined ? null : unfinishedOutput(first, missing))) }
      : {}),
  };
}

/** What the platforms do that have a place in one of these. */
async function partsOf(generations: readonly GenerationPlan[]): Promise<ReadonlyMap<PlatformName, AnyParts>> {
  const places = generations.flatMap(({ images }) => images).flatMap((image) => image.places);
  const names = [...new Set(places.map(({ spec }) => spec.platform))];
  return new Map(await Promise.all(names.map(async (name) => [name, await loadParts(name)] as const)));
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
