/** The plan for what there is: made, held against every place, and made again where something has to be built again. */
import * as pulumi from "@pulumi/pulumi";
import type { Finding } from "../../infra/platform";
import {
  compareWithReality,
  distinctBuilds,
  pastDeprecations,
  plan,
  type LedgerEntry,
  type Plan,
  type PlanInputs,
  type Reality,
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
}

export async function planForReality(args: RealityArgs): Promise<RealPlan> {
  const first = plan(args.inputs);
  const reality = await compared(args, first);
  const { rebuild } = reality;
  if (rebuild === undefined) return withReality(args, first, reality);
  // Once is enough: what is built now is in no place yet.
  const again = plan({ ...args.inputs, rebuild });
  return { ...withReality(args, again, await compared(args, again)), rebuild };
}

async function compared(args: RealityArgs, planned: Plan): Promise<Reality> {
  const { inputs, store, identity, stack, isNamed = false, look = reallyLook, openStore = openRealStore } = args;
  const { generations } = planned;
  const ledger = everMade(inputs);
  const keys = planned.builds.map(({ key }) => key);
  const [views, disks] = await Promise.all([
    lookAround(generations, look),
    goneDisks({ store: openStore(store), ledger, stack, keys }),
  ]);
  const token = inputs.now.toISOString();
  const takesOver = isNamed && ledger.length === 0;
  const reality = compareWithReality({ generations, ledger, views, identity, goneDisks: disks.gone, takesOver, token });
  return { ...reality, notes: [...reality.notes, ...disks.notes] };
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
): RealPlan {
  const { generations, formerNames, there, findings, notes, unseen } = reality;
  return {
    planned: { ...planned, generations, builds: distinctBuilds(generations) },
    formerNames,
    there,
    // Whoever previews may not be let in everywhere. Whoever publishes has to know which place it is.
    findings: [
      ...findings,
      ...pastDeprecations({ generations, ledger: everMade(inputs), now: inputs.now }),
      ...(isPreview ? [] : unseen.map(unseenFinding)),
    ],
    notes,
  };
}

function unseenFinding({ target, why }: Reality["unseen"][number]): Finding {
  return {
    path: `targets.${target}`,
    problem: why,
    remedy: `an image is to be published there; run "pulumi up" again when it answers`,
  };
}
