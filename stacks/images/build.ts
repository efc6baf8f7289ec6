/** A stack that builds: who it is, what it knows, what it decides, what it declares, and its outputs. */
import * as pulumi from "@pulumi/pulumi";
import { known as valueOf } from "../../components/known";
import { imagesOutput, unfinishedOutput } from "../../model/outputs";
import { distinctBuilds, type GenerationPlan, type LedgerEntry, type Plan } from "../../model/plan";
import { parts as loadParts } from "../../infra";
import type { AnyParts } from "../../infra/platform";
import type { PlatformName } from "../../infra/specs";
import type { BuildSettings } from "../../model/settings";
import { StackIdentity, StackRegistration } from "../../provider";
import { planAtLast } from "./at-last";
import { decide, type Decision } from "./decide";
import { Declarations } from "./declare";
import { endWithout } from "./down";
import { findOut, pastOf, type RunKnowledge } from "./knowledge";
import type { RealPlan } from "./plan";
import type { InUse } from "./readers";
import { ownSigning } from "./signatures";
import { fullName, ownOutputs } from "./stacks";
import { announceUsers } from "./users";

export async function buildImages(settings: BuildSettings, project: string) {
  const stack = pulumi.getStack();
  const past = pastOf(await ownOutputs());
  const signing = await ownSigning(settings);
  // Before everything else: what is made from here on has an owner.
  const identity = declareOwner(settings, stack);
  const run = { settings, project, stack, identity: await valueOf(identity), past };
  const known = await findOut(run);
  const decision = await decide(known, signing);
  const declarations = new Declarations({
    ...{ settings, project, identity, signing, sources: known.sources, ledger: past.ledger },
    parts: await partsOf([...decision.first.planned.generations, ...past.ledger]),
    current: decision.first.planned,
  });
  declarations.staleStacks();
  const entries = await declareGenerations(declarations, known, decision);
  return { ...outputs(entries, decision.first.planned), identity, store: settings.store };
}

function declareOwner({ identity: named, store }: BuildSettings, stack: string): pulumi.Output<string> {
  const { identity } = new StackIdentity("identity", {
    registration: { store },
    ...(named === undefined ? {} : { identity: named }),
  });
  new StackRegistration("registration", { identity, store, stack: fullName(stack) });
  return identity;
}

/** The current one, and when all of it is there those that stay beside it. */
async function declareGenerations(
  declarations: Declarations,
  known: RunKnowledge,
  { first, inUse }: Decision,
): Promise<pulumi.Output<LedgerEntry[]>> {
  const { planned } = first;
  const [current] = planned.generations;
  if (current === undefined) throw new Error("the plan has no generation");
  const planFor = (ids: readonly string[]): Plan => known.plan(ids, first);
  // A disk that it shares with older ones has what any of them needs: which of them stay is only known at the end.
  const older = planFor(known.past.ledger.map(({ id }) => id)).generations.slice(1);
  const entry = declarations.generation(current, { ...first, builds: distinctBuilds([current, ...older]) });
  const ask = async (): Promise<InUse> => {
    const [readers, users] = await Promise.all([known.askReaders(), known.askNamed(planned)]);
    await announceUsers(users);
    return { ids: [...readers.ids, ...users.ids], unread: readers.unread, said: users.ids };
  };
  const last = await planAtLast({ planned, inUse: { ...known.inUse, ids: inUse }, entry }, { ask, plan: planFor });
  const stay = last.generations.slice(1).map(({ id }) => id);
  const atLast: RealPlan = last === planned ? first : await known.planForReality(stay, first);
  const kept = atLast.planned.generations
    .slice(1)
    .map((generation) => declarations.generation(generation, { ...atLast, builds: atLast.planned.builds }));
  await endWithout(planned, entry);
  return pulumi.all([entry, ...kept]);
}

function outputs(entries: pulumi.Output<LedgerEntry[]>, { action, missing }: Plan) {
  // A new generation that this run leaves incomplete is none yet: who reads the outputs reads of whole ones only.
  const incomplete = action === "new" && missing.length > 0;
  const whole = entries.apply((all) => (incomplete ? all.slice(1) : all));
  return {
    images: whole.apply(([current]) => imagesOutput(current)),
    previousImages: whole.apply(([, previous]) => imagesOutput(previous)),
    generations: whole,
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
