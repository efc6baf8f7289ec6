/** The plan for what there is: made, held against every place, and made again where something has to be built again. */
import * as pulumi from "@pulumi/pulumi";
import type { Finding } from "../../infra/platform";
import { placeAddress } from "../../infra/specs";
import {
  bestEffortPlaces,
  compareWithReality,
  distinctBuilds,
  pastDeprecations,
  pausedFindings,
  plan,
  type LedgerEntry,
  type Plan,
  type PlanInputs,
  type Reality,
  type Unreached,
  type Views,
} from "../../model/plan";
import type { Store } from "../../provider";
import { openStore as openRealStore, type OpenStore } from "../../provider/object-store";
import { goneDisks, lookAround, reallyLook, type Look } from "./look";

export interface RealityArgs {
  readonly inputs: PlanInputs;
  readonly store: Store;
  /** Of this stack; undefined in the preview of its first run. */
  readonly identity: string | undefined;
  /** Its name. */
  readonly stack: string;
  /** A person has named the identity, of a stack whose state was lost. @default false */
  readonly isNamed?: boolean;
  readonly look?: Look;
  readonly openStore?: OpenStore;
  /** @default whether this is a preview */
  readonly isPreview?: boolean;
}

export interface RealPlan extends Pick<Reality, "formerNames" | "there" | "findings" | "notes" | "rebuild"> {
  readonly planned: Plan;
  /** Why places can't be reached, by their address. */
  readonly unreached: Unreached;
}

export async function planForReality(args: RealityArgs): Promise<RealPlan> {
  const { inputs, isPreview = pulumi.runtime.isDryRun() } = args;
  const { unreached = new Map<string, string>() } = inputs;
  const first = plan(inputs);
  const { reality, views } = await compared(args, first);
  const silent = [...bestEffortPlaces(inputs.settings)].flatMap((address): (readonly [string, string])[] => {
    const view = views.get(address);
    return view instanceof Error && !unreached.has(address) ? [[address, view.message]] : [];
  });
  // Each round is without a place more: there are as many at most.
  if (silent.length > 0) {
    return planForReality({ ...args, inputs: { ...inputs, unreached: new Map([...unreached, ...silent]) } });
  }
  const rest = isPreview ? undefined : await withoutUnseen(args, reality, unreached);
  if (rest !== undefined) return rest;
  const { rebuild } = reality;
  // What was found out before counts in what is planned next: this plan counts on it.
  const known = inputs.rebuild === undefined ? {} : { rebuild: inputs.rebuild };
  if (rebuild === undefined) return { ...withReality(args, first, reality), ...known, unreached };
  // Once is enough: what is built now is in no place yet.
  const again = plan({ ...inputs, rebuild });
  return { ...withReality(args, again, (await compared(args, again)).reality), rebuild, unreached };
}

/**
 * Whoever publishes has to know which place it is: without that nothing is published there, and everywhere else all goes on. Undefined
 * where there is nowhere else. A preview says what it could not see, for whoever previews may not be let in everywhere.
 */
async function withoutUnseen(
  args: RealityArgs,
  { unseen }: Reality,
  unreached: Unreached,
): Promise<RealPlan | undefined> {
  const more = unseen
    .map(({ place, reason }) => [placeAddress(place.spec), reason] as const)
    .filter(([address]) => !unreached.has(address));
  if (more.length === 0) return undefined;
  const inputs = { ...args.inputs, unreached: new Map([...unreached, ...more]) };
  const rest = await planForReality({ ...args, inputs });
  return rest.planned.generations[0]?.images.length === 0 ? undefined : rest;
}

async function compared(
  args: RealityArgs,
  planned: Plan,
): Promise<{ readonly reality: Reality; readonly views: Views }> {
  const { inputs, store, identity, stack, isNamed = false, look = reallyLook, openStore = openRealStore } = args;
  const { generations, paused = [] } = planned;
  const ledger = everMade(inputs);
  const keys = planned.builds.map(({ key }) => key);
  const [views, disks] = await Promise.all([
    lookAround(planned, look),
    goneDisks({ store: openStore(store), ledger, stack, keys }),
  ]);
  const token = inputs.now.toISOString();
  const takesOver = isNamed && ledger.length === 0;
  const reality = compareWithReality({
    ...{ generations, ledger, views, paused, identity, takesOver, token },
    goneDisks: disks.gone,
  });
  return { reality: { ...reality, notes: [...reality.notes, ...disks.notes] }, views };
}

/** Every generation that was made, also one that an earlier run left unfinished. */
export function everMade({
  unfinished,
  ledger,
}: {
  readonly unfinished?: LedgerEntry | undefined;
  readonly ledger: readonly LedgerEntry[];
}): readonly LedgerEntry[] {
  return [...(unfinished === undefined ? [] : [unfinished]), ...ledger];
}

function withReality(
  { inputs, isPreview = pulumi.runtime.isDryRun() }: RealityArgs,
  planned: Plan,
  reality: Reality,
): Omit<RealPlan, "unreached"> {
  const { generations, formerNames, there, findings, notes, unseen } = reality;
  const real = { ...planned, generations, builds: distinctBuilds(generations) };
  return {
    planned: real,
    formerNames,
    there,
    findings: [
      ...findings,
      ...pausedFindings(real, everMade(inputs)),
      ...pastDeprecations({ generations, ledger: everMade(inputs), now: inputs.now }),
      ...(isPreview ? [] : unseen.map(unseenFinding)),
    ],
    notes,
  };
}

function unseenFinding({ place, why }: Reality["unseen"][number]): Finding {
  return {
    path: `targets.${place.target}`,
    problem: why,
    remedy: `an image is to be published there; run "pulumi up" again when it answers`,
  };
}
