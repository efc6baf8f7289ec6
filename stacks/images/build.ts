/** A stack that builds: plan, builds, generations, outputs. */
import * as pulumi from "@pulumi/pulumi";
import { Generation } from "../../components/generation";
import { ImageBuild } from "../../components/image-build";
import { known } from "../../components/known";
import { imagesOutput, unfinishedOutput } from "../../components/outputs";
import { parseLedger, parseUnfinished, type Identity, type LedgerEntry, type Plan } from "../../components/plan";
import { preflight, PreflightError } from "../../components/preflight";
import type { BuildSettings } from "../../components/settings";
import { identify } from "../../components/source";
import { StackIdentity } from "../../provider";
import { announce, announcement } from "./announce";
import { workerJob } from "./job";
import { folderOf } from "./look";
import { planForReality } from "./plan";
import { generationsInUse } from "./readers";
import { ownOutputs } from "./stacks";

export async function buildImages(settings: BuildSettings, project: string) {
  const own = ownOutputs();
  const unfinished = parseUnfinished(await own("unfinished"));
  const ledger = parseLedger(await own("generations"));
  // Before everything else: what is made from here on has an owner.
  const { identity } = new StackIdentity("identity", settings.identity === undefined ? {} : settings);
  const sources = await identify(settings, project);
  const { planned, formerNames, there, findings, notes } = await planForReality({
    inputs: {
      settings,
      identity: sources,
      ledger,
      now: new Date(),
      inUse: await generationsInUse(settings.promotedBy, ledger),
      ...(unfinished === undefined ? {} : { unfinished }),
    },
    store: settings.store,
    identity: await known(identity),
    stack: pulumi.getStack(),
  });
  await announce([...announcement(planned), ...notes]);
  if (findings.length > 0) throw new PreflightError(findings);
  // A preview changes nothing, and may be run by somebody who can't: only reads are asked of it.
  if (!pulumi.runtime.isDryRun() && publishesMore(planned, ledger)) await checkBeforehand(settings);

  const builds = declareBuilds({ settings, planned, sources, project, identity, ledger });
  const { store, keepOnFailure } = settings;
  const entries = pulumi.all(
    planned.generations.map(
      (generation) =>
        new Generation(generation.id, {
          plan: generation,
          formerNames,
          there,
          builds,
          store,
          identity,
          keepOnFailure,
        }).entry,
    ),
  );
  // A new generation that this run leaves incomplete is none yet: who reads the outputs reads of whole ones only.
  const { action, missing } = planned;
  const incomplete = action === "new" && missing.length > 0;
  const whole = entries.apply((all) => (incomplete ? all.slice(1) : all));
  return {
    identity,
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
  const before = ledger.find(({ id }) => id === current?.id);
  const remade = (before?.images ?? []).flatMap(({ places }) =>
    places.map((place) => [place.id, place.remade] as const),
  );
  const remadeBefore = new Map(remade);
  return (
    current?.images.some(({ places }) =>
      places.some(({ id, remade }) => before?.published[id] === undefined || remade !== remadeBefore.get(id)),
    ) ?? false
  );
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
  readonly sources: Identity;
  readonly project: string;
  /** Whose they are. */
  readonly identity: pulumi.Output<string>;
  readonly ledger: readonly LedgerEntry[];
}

function declareBuilds({ settings, planned, sources, project, identity, ledger }: Declared): Map<string, ImageBuild> {
  const stack = pulumi.getStack();
  const { store, attempts, keepOnFailure, buildTimeoutMinutes: timeoutMinutes } = settings;
  // An older generation's source is not here any more.
  const buildable = new Set(planned.generations[0]?.images.map((image) => image.key));
  return new Map(
    planned.builds.map(({ arch, key, snapshots }) => {
      const folder = folderOf(ledger, key, stack) ?? identity;
      const job = pulumi
        .all([identity, folder])
        .apply(([own, folder]) =>
          workerJob(settings, { arch, key, sources, project, stack, identity: own, folder, snapshots }),
        );
      return [
        key,
        new ImageBuild(`build-${arch}-${key.slice(0, 8)}`, {
          arch,
          key,
          identity,
          folder,
          ...(buildable.has(key) ? { job } : {}),
          snapshots,
          store,
          attempts,
          timeoutMinutes,
          keepOnFailure,
        }),
      ];
    }),
  );
}
