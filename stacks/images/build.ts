/** A stack that builds: plan, builds, generations, outputs. */
import * as pulumi from "@pulumi/pulumi";
import { Generation } from "../../components/generation";
import { ImageBuild } from "../../components/image-build";
import { buildObjects } from "../../components/jobs";
import { imagesOutput, unfinishedOutput } from "../../components/outputs";
import { asBefore, parseLedger, parseUnfinished, plan, type LedgerEntry, type Plan } from "../../components/plan";
import { preflight, PreflightError } from "../../components/preflight";
import { StackIdentity } from "../../provider";
import type { BuildSettings } from "../../components/settings";
import { checkArchitectures, identify, type Sources } from "../../components/source";
import { announce, announcement } from "./announce";
import { workerJob } from "./job";
import { generationsInUse } from "./readers";
import { ownOutputs } from "./stacks";

export async function buildImages(settings: BuildSettings, project: string) {
  const own = ownOutputs();
  const unfinished = parseUnfinished(await own("unfinished"));
  const found = await identify(settings, project);
  const ledger = parseLedger(await own("generations"));
  const newest = [...ledger].sort((a, b) => b.number - a.number)[0] ?? unfinished;
  const sources = { ...found, identity: asBefore(found.identity, newest?.identity, found.takes) };
  const planned = plan({
    settings,
    identity: sources.identity,
    ledger,
    now: new Date(),
    inUse: await generationsInUse(settings.promotedBy, ledger),
    ...(unfinished === undefined ? {} : { unfinished }),
  });
  await announce(announcement(planned));
  // Nothing is pulled for what stands already.
  const more = planned.action === "new" ? await checkArchitectures(settings, sources) : [];
  for (const warning of [...sources.warnings, ...more]) await pulumi.log.warn(warning);
  // A preview changes nothing, and may be run by somebody who can't: only reads are asked of it.
  if (!pulumi.runtime.isDryRun() && publishesMore(planned, ledger)) await checkBeforehand(settings);

  const { identity } = new StackIdentity("identity", {});
  const builds = declareBuilds({ settings, planned, sources, project, identity });
  const { store, keepOnFailure } = settings;
  const entries = pulumi.all(
    planned.generations.map(
      (generation) => new Generation(generation.id, { plan: generation, builds, store, identity, keepOnFailure }).entry,
    ),
  );
  // A new generation that this run leaves incomplete is none yet: who reads the outputs reads of whole ones only.
  const { action, missing } = planned;
  const incomplete = action === "new" && missing.length > 0;
  const whole = entries.apply((all) => (incomplete ? all.slice(1) : all));
  return {
    images: whole.apply(([current]) => imagesOutput(current)),
    previousImages: whole.apply(([, previous]) => imagesOutput(previous)),
    generations: whole,
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
  /** What the images are made from. */
  readonly sources: Sources;
  readonly project: string;
  /** Whose they are. */
  readonly identity: pulumi.Output<string>;
}

function declareBuilds({ settings, planned, sources, project, identity }: Declared): Map<string, ImageBuild> {
  const stack = pulumi.getStack();
  const { store, attempts, keepOnFailure, buildTimeoutMinutes: timeoutMinutes } = settings;
  // An older generation's source is not here any more.
  const buildable = new Set(planned.generations[0]?.images.map((image) => image.key));
  return new Map(
    planned.builds.map(({ arch, key, snapshots }) => [
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
