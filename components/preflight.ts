/** What is missing for these settings, found before anything starts: every platform in use is asked, in one list. */
import { UserError } from "../contract/user-error";
import { parts } from "../infra";
import { workerChoices } from "../infra/attempts";
import type { NamedJumpHost } from "../infra/jump-host";
import { jumpHostAsker } from "../infra/jump-host-preflight";
import type { Finding, PlatformUse } from "../infra/platform";
import {
  imagesOf,
  places,
  placeTakes,
  platformNamed,
  PLATFORM_NAMES,
  type PlaceSpec,
  type PlatformName,
} from "../infra/specs";
import { ARCHITECTURES } from "../infra/words";
import { pausedPlaces, type PausedPlace } from "../model/plan";
import { pathText, type BuildSettings } from "../model/settings";
import { askedAlone, choiceFindings } from "./preflight-choices";
import { storeCredentialsEnd } from "../provider/credentials-end";
import { storeFindings } from "./store-check";
import { sessionFindings } from "./store-session";

/** The part of the settings that decides what is asked. */
export type PreflightSettings = Pick<BuildSettings, "architectures" | "targets" | "tempers" | "store"> &
  Partial<
    Pick<BuildSettings, "only" | "buildTimeoutMinutes" | "bootCheck" | "signing" | "attempts" | "keepGenerations">
  >;

/** Something is missing; the message is the whole list. */
export class PreflightError extends UserError {
  override readonly name = "PreflightError";

  constructor(readonly findings: readonly Finding[]) {
    super(findingsText(findings));
  }
}

/**
 * Each platform in use, with what it is used for.
 * @param identity of the stack, once it has one
 */
export function platformUses(
  settings: PreflightSettings,
  stack: string,
  identity?: string,
): ReadonlyMap<PlatformName, PlatformUse> {
  const { architectures, targets, store, only = {}, bootCheck, signing, keepGenerations } = settings;
  const minutes = minutesOf(settings);
  const archs = ARCHITECTURES.flatMap((arch) => {
    const found = architectures[arch];
    if (!found || !(only.architectures?.includes(arch) ?? true)) return [];
    const publish = found.publish.filter((name) => only.targets?.includes(name) ?? true);
    return publish.length === 0 ? [] : [{ ...found, arch, publish }];
  });
  const workers = archs.flatMap(({ arch, ...choice }) => {
    const path = `architectures.${arch}.worker`;
    const all = workerChoices(choice);
    return all.map((spec, index) => ({ path: all.length === 1 ? path : `${path}[${index}]`, arch, spec }));
  });
  const published = archs.flatMap(({ arch, publish }) =>
    publish.flatMap((name) => {
      const target = targets[name];
      if (target === undefined) return [];
      return places(target)
        .map((spec, index) => ({ path: pathText(["targets", name, ...imagesOf(target).path(index)]), arch, spec }))
        .filter(({ spec }) => placeTakes(spec, arch));
    }),
  );
  const uses = PLATFORM_NAMES.map((name): [PlatformName, PlatformUse] => [
    name,
    {
      stack,
      store,
      ...(identity === undefined ? {} : { identity }),
      ...(minutes === undefined ? {} : { minutes }),
      ...(signing === undefined ? {} : { signs: true }),
      ...(bootCheck === undefined ? {} : { boots: bootCheck.boots }),
      ...(keepGenerations === undefined ? {} : { keepGenerations }),
      workers: workers.filter(({ spec }) => spec.platform === name),
      places: published.filter(({ spec }: { readonly spec: PlaceSpec }) => spec.platform === name),
    },
  ]);
  return new Map(uses.filter(([, use]) => use.workers.length + use.places.length > 0));
}

/** That a run may take at most; undefined where the settings don't say it. */
function minutesOf({ buildTimeoutMinutes: build, bootCheck }: PreflightSettings): number | undefined {
  return build === undefined ? undefined : build + (bootCheck?.timeoutMinutes ?? 0);
}

/**
 * Empty when all is there.
 * @param paused places that nobody asks. @default those that the settings pause
 */
export async function preflight(
  settings: PreflightSettings,
  stack: string,
  identity?: string,
  paused: readonly PausedPlace[] = pausedPlaces(settings),
): Promise<Finding[]> {
  const all = [...platformUses(settings, stack, identity)];
  const uses = all.map(([name, use]) => [name, withoutPaused(use, paused)] as const);
  const { together, alone } = askedAlone(uses);
  const askJumpHosts = jumpHostAsker();
  const ask = async (name: PlatformName, use: PlatformUse): Promise<Finding[]> => (await parts(name)).preflight(use);
  const [found, choices, ends] = await Promise.all([
    Promise.all([
      askJumpHosts(together.flatMap(([, use]) => jumpHosts(use))),
      ...together.map(([name, use]) => ask(name, use)),
      storeFindings({ store: settings.store, stack, signs: settings.signing !== undefined }),
    ]),
    Promise.all(
      alone.map(async ({ name, use, worker }) => {
        const asked = await Promise.all([askJumpHosts(jumpHosts(use)), ask(name, use)]);
        return { ...worker, findings: asked.flat() };
      }),
    ),
    storeEnds(settings),
  ]);
  const findings = distinct([...found.flat(), ...choiceFindings(choices)]);
  // The environment's are a platform's matter too, in the same words.
  return [...findings, ...ends.filter(({ problem }) => !findings.some((one) => one.problem === problem))];
}

/** Its credentials; where there are none, the look at the store says so. */
async function storeEnds(settings: PreflightSettings): Promise<Finding[]> {
  const { store, buildTimeoutMinutes: buildMinutes, attempts = 1 } = settings;
  const minutes = minutesOf(settings);
  if (buildMinutes === undefined || minutes === undefined) return [];
  const end = await storeCredentialsEnd(store).catch(() => undefined);
  return sessionFindings(end, { now: new Date(), minutes, buildMinutes, attempts });
}

/** Places of one target lack the same at its path. */
function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((one) => [findingText(one), one])).values()];
}

function withoutPaused(use: PlatformUse, paused: readonly PausedPlace[]): PlatformUse {
  const isAsked = ({ path }: PlatformUse["places"][number]): boolean =>
    !paused.some((one) => pathText(one.path) === path);
  return { ...use, places: use.places.filter(isAsked) };
}

/** Where a use of the settings names them. */
export function jumpHosts({ workers, places }: PlatformUse): NamedJumpHost[] {
  const ofWorkers = workers.flatMap(({ path, spec }) => {
    const jumpHost = platformNamed(spec.platform)?.workers.jumpHost(spec);
    return jumpHost === undefined ? [] : [{ path: `${path}.jumpHost`, jumpHost }];
  });
  const ofPlaces = places.flatMap(({ path, spec }) => {
    const named = platformNamed(spec.platform)?.images?.jumpHost(spec);
    return named === undefined ? [] : [{ ...named, path: `${path}.${named.path}` }];
  });
  return [...ofWorkers, ...ofPlaces];
}

/** What a run has to wait for, and what a person should only know. */
export function sortFindings(findings: readonly Finding[]): { readonly missing: Finding[]; readonly notes: Finding[] } {
  const isNote = ({ note }: Finding): boolean => note === true;
  return { missing: findings.filter((one) => !isNote(one)), notes: findings.filter(isNote) };
}

/** `path: what is wrong; what to do` */
export function findingText({ path, problem, remedy }: Finding): string {
  return `${path}: ${problem}; ${remedy}`;
}

/** A line or more for each. */
export function findingsText(findings: readonly Finding[]): string {
  const lines = findings.map(findingText);
  return [`${findings.length === 1 ? "a thing is" : `${findings.length} things are`} missing:`, ...lines].join("\n");
}
