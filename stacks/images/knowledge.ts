/** What a run of a stack that builds knows before it decides anything: its sources, its past, who uses what, and how it plans. */
import {
  asBefore,
  parseLedger,
  parseUnfinished,
  plan,
  type LedgerEntry,
  type Plan,
  type PlanInputs,
} from "../../model/plan";
import { places } from "../../infra/specs";
import type { BuildSettings } from "../../model/settings";
import { identify, registryClient, type Sources } from "../../model/source";
import { announceProgress } from "./announce";
import { planForReality, type RealPlan } from "./plan";
import { askReaders, type InUse } from "./readers";
import { askUsers, type Named } from "./users";

/** Who runs. */
export interface Run {
  readonly settings: BuildSettings;
  /** Folder of the project. */
  readonly project: string;
  readonly stack: string;
  /** Undefined in the preview of its first run. */
  readonly identity: string | undefined;
  readonly past: Past;
}

/** What runs before this one have left. */
export interface Past {
  readonly ledger: readonly LedgerEntry[];
  /** A generation that an earlier run left incomplete. */
  readonly unfinished?: LedgerEntry;
}

/** What a plan for reality has found out, for the plans after it. */
export type Learnt = Partial<Pick<RealPlan, "rebuild" | "unreached">>;

/** @param own the stack's outputs, as the run before left them */
export function pastOf(own: (name: string) => unknown): Past {
  const unfinished = parseUnfinished(own("unfinished"));
  return { ledger: parseLedger(own("generations")), ...(unfinished === undefined ? {} : { unfinished }) };
}

export interface RunKnowledge extends Run {
  readonly sources: Sources;
  /** Generations that other stacks use, as it was when the run began. */
  readonly inUse: InUse;
  /** Asks that again. */
  readonly askReaders: () => Promise<InUse>;
  /** What else names images of the generations that a plan removes. */
  readonly askNamed: (planned: Plan) => Promise<Named>;
  /** The plan if generations with these ids are in use. */
  readonly plan: (inUse: readonly string[], learnt: Learnt) => Plan;
  /** The same, held against every place. */
  readonly planForReality: (inUse: readonly string[], learnt?: Learnt) => Promise<RealPlan>;
}

export async function findOut(run: Run): Promise<RunKnowledge> {
  const { settings, project, stack, identity, past } = run;
  const { ledger, unfinished } = past;
  const ask = (): Promise<InUse> => askReaders({ ...settings, ledger, identity });
  const [found, inUse] = await Promise.all([
    identify(settings, project, registryClient(settings), announceProgress),
    ask(),
  ]);
  const newest = [...ledger].sort((a, b) => b.number - a.number)[0] ?? unfinished;
  const sources = { ...found, identity: asBefore(found.identity, newest?.identity, found.takes) };
  const now = new Date();
  const inputs = (ids: readonly string[], { rebuild, unreached }: Learnt): PlanInputs => ({
    ...{ settings, identity: sources.identity, ...past, now, inUse: ids },
    ...(unreached === undefined ? {} : { unreached }),
    ...(rebuild === undefined ? {} : { rebuild }),
  });
  const today = Object.values(settings.targets).flatMap((target) => places(target));
  const { store } = settings;
  const isNamed = settings.identity !== undefined;
  return {
    ...run,
    sources,
    inUse,
    askReaders: ask,
    askNamed: ({ removed }) =>
      askUsers(
        ledger.filter(({ id }) => removed.includes(id)),
        today,
      ),
    plan: (ids, learnt) => plan(inputs(ids, learnt)),
    planForReality: (ids, learnt = {}) =>
      planForReality({ inputs: inputs(ids, learnt), store, identity, stack, isNamed }),
  };
}
