/** A stack that builds: plan, builds, generations, outputs. */
import * as pulumi from "@pulumi/pulumi";
import { Generation } from "../../components/generation";
import { ImageBuild } from "../../components/image-build";
import { buildObjects } from "../../components/jobs";
import { imagesOutput, unfinishedOutput } from "../../components/outputs";
import { parseIdentity } from "../../components/outputs/owner";
import {
  parseLedger,
  parseUnfinished,
  plan,
  type GenerationPlan,
  type Identity,
  type LedgerEntry,
  type Plan,
} from "../../components/plan";
import { preflight, PreflightError } from "../../components/preflight";
import { StackIdentity } from "../../provider";
import type { BuildSettings } from "../../components/settings";
import { identify } from "../../components/source";
import { announce, announceUnread, announcement } from "./announce";
import { workerJob } from "./job";
import { planAtLast } from "./at-last";
import { askReaders, type InUse } from "./readers";
import { fullName, ownOutputs } from "./stacks";

export async function buildImages(settings: BuildSettings, project: string) {
  const own = await ownOutputs();
  const unfinished = parseUnfinished(own("unfinished"));
  const ledger = parseLedger(own("generations"));
  const ownIdentity = parseIdentity(own("identity"));
  const ask = (): Promise<InUse> => askReaders({ ...settings, ledger, identity: ownIdentity });
  const [sources, inUse] = await Promise.all([identify(settings, project), ask()]);
  const now = new Date();
  const planFor = (ids: readonly string[]): Plan =>
    plan({
      settings,
      identity: sources,
      ledger,
      now,
      inUse: ids,
      ...(unfinished === undefined ? {} : { unfinished }),
    });
  const planned = planFor(inUse.ids);
  await announce(announcement(planned));
  await announceUnread(inUse.unread);
  // A preview changes nothing, and may be run by somebody who can't: only reads are asked of it.
  if (!pulumi.runtime.isDryRun() && publishesMore(planned, ledger)) await checkBeforehand(settings);

  const { identity } = new StackIdentity("identity", {});
  const { store, keepOnFailure } = settings;
  const builds = new Map<string, ImageBuild>();
  const readers = settings.promotedBy.map(fullName);
  const declare = (generation: GenerationPlan, { builds: disks }: Plan): pulumi.Output<LedgerEntry> => {
    const keys = new Set(generation.images.map(({ key }) => key));
    const wanted = disks.filter(({ key }) => keys.has(key) && !builds.has(key));
    for (const [key, build] of declareBuilds({ settings, planned, wanted, sources, project, identity })) {
      builds.set(key, build);
    }
    return new Generation(generation.id, { plan: generation, builds, store, identity, readers, keepOnFailure }).entry;
  };
  const [current] = planned.generations;
  if (current === undefined) throw new Error("the plan has no generation");
  // A disk that it shares with older ones has what any of them needs: which of them stay is only known at the end.
  const newest = declare(current, planFor(ledger.map(({ id }) => id)));
  const last = await planAtLast({ planned, inUse, entry: newest }, { ask, plan: planFor });
  const kept = last.generations.slice(1).map((generation) => declare(generation, last));
  const entries = pulumi.all([newest, ...kept]);
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
      ? { unfinished: entries.apply(([entry]) => (entry === undefined ? null : unfinishedOutput(entry, missing))) }
      : {}),
  };
}

/** False where every image is in its place already: such a run asks nobody anything. */
function publishesMore({ generations: [current] }: Plan, ledger: readonly LedgerEntry[]): boolean {
  const published = ledger.find(({ id }) => id === current?.id)?.published ?? {};
  return current?.images.some(({ places }) => places.some(({ id }) => published[id] === undefined)) ?? false;
}

/** @throws PreflightError with everything that is missing, before anything is made */
async function checkBeforehand(settings: BuildSettings): Promise<void> {
  const findings = await preflight(settings, pulumi.getStack());
  if (findings.length > 0) throw new PreflightError(findings);
}

interface Declared {
  readonly settings: BuildSettings;
  readonly planned: Plan;
  /** What is declared of the disks. */
  readonly wanted: Plan["builds"];
  /** What the images are made from. */
  readonly sources: Identity;
  readonly project: string;
  /** Whose they are. */
  readonly identity: pulumi.Output<string>;
}

function declareBuilds({ settings, planned, wanted, sources, project, identity }: Declared): Map<string, ImageBuild> {
  const stack = pulumi.getStack();
  const { store, attempts, keepOnFailure, buildTimeoutMinutes: timeoutMinutes } = settings;
  // An older generation's source is not here any more.
  const buildable = new Set(planned.generations[0]?.images.map((image) => image.key));
  return new Map(
    wanted.map(({ arch, key, snapshots }) => [
      key,
      new ImageBuild(`build-${arch}-${key.slice(0, 8)}`, {
        arch,
        key,
        record: identity.apply((folder) => buildObjects(folder, key).record),
        ...(buildable.has(key)
          ? {
              job: identity.apply((own) =>
                workerJob(settings, { arch, key, sources, project, stack, identity: own, snapshots }),
              ),
            }
          : {}),
        snapshots,
        store,
        attempts,
        timeoutMinutes,
        keepOnFailure,
      }),
    ]),
  );
}
