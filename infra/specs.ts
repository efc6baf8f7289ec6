/** Workers, targets and places of all platforms, told apart by `platform`: plain data, from settings to ledger. */
import * as z from "zod";
import type { Environment } from "./fields";
import * as PLATFORMS from "./platforms";
import type { Arch } from "./words";

export type { Environment } from "./fields";

type Known = (typeof PLATFORMS)[keyof typeof PLATFORMS];
type Publishing = Extract<Known, { readonly images: object }>;
/** The platforms that the settings know. */
export type PlatformName = Known["name"];
export const PLATFORM_NAMES: readonly PlatformName[] = platforms().map(({ name }) => name);

export function platforms(): readonly Known[] {
  return Object.values(PLATFORMS);
}

/** What is known of the platform of this name, wherever the name comes from. */
export function platformNamed(name: string): Known | undefined {
  return platforms().find((platform) => platform.name === name);
}

/** What is wrong with a key of a platform's own provider in the stack's configuration, `aws:profile`; undefined for any other. */
export function providerSettingProblem(key: string): string | undefined {
  const [namespace = "", ...name] = key.split(":");
  return name.length === 0 ? undefined : platformNamed(namespace)?.providerSettingProblem(name.join(":"));
}

/** Those that publish. */
export function publishingPlatforms(): readonly Publishing[] {
  return platforms().flatMap((platform) => (platform.images === undefined ? [] : [platform]));
}

/** Types of resource, of any platform, that are made in seconds, or never. */
export function quickTypes(): readonly string[] {
  return platforms().flatMap((platform) => platform.quickTypes);
}

/** A temporary machine that builds for one architecture. */
export const workerSchema = (env: Environment) =>
  z.discriminatedUnion("platform", some(platforms().map(({ workers }) => workers.schema(env))));
export type WorkerSpec = z.output<ReturnType<Known["workers"]["schema"]>>;

/** Somewhere to publish to, as the settings describe it: one or several places. */
export const targetSchema = (env: Environment) =>
  z.discriminatedUnion("platform", some(publishingPlatforms().map(({ images }) => images.target(env))));
export type TargetSettings = z.output<ReturnType<Publishing["images"]["target"]>>;

/** One single place: a region, a hypervisor, a cloud. One image of an architecture is registered in it. */
export const placeSchema = z.discriminatedUnion(
  "platform",
  some(publishingPlatforms().map(({ images }) => images.place)),
);
export type PlaceSpec = z.output<Publishing["images"]["place"]>;

type Forms = NonNullable<Publishing["images"]["form"]>;
/** A form that a disk is wanted in, of any platform that has one of its own. */
export type FormSpec = z.output<Forms["schema"]>;
export const formSchema = z.discriminatedUnion("platform", some(forms().map(({ schema }) => schema)));

/** The form that the images of a place are made from. @returns undefined where they are made from the object in the store */
export function formOf(
  place: PlaceSpec,
): { readonly id: string; readonly where: string; readonly form: FormSpec } | undefined {
  const { form: definition } = imagesOf(place);
  if (definition === undefined) return undefined;
  const form = definition.of(place);
  const where = definition.where(form);
  return { id: `${form.platform} ${where}`, where, form };
}

/** Those of these forms that one worker is let write. */
export function writtenTogether(all: readonly FormSpec[]): readonly FormSpec[] {
  const access = (form: FormSpec): string | undefined => imagesOf(form).form?.access(form);
  return all.filter((form) => {
    const first = all.find((one) => one.platform === form.platform && access(one) !== undefined);
    return first !== undefined && access(first) === access(form);
  });
}

/** Those that platforms have of their own. */
export function forms(): readonly Forms[] {
  return publishingPlatforms().flatMap(({ images: { form } }) => (form === undefined ? [] : [form]));
}

/** The single places of a target. */
export function places(target: TargetSettings): readonly PlaceSpec[] {
  return imagesOf(target).places(target);
}

/** True if images of this architecture belong in the place. */
export function placeTakes(place: PlaceSpec, arch: Arch): boolean {
  return (imagesOf(place).arch(place) ?? arch) === arch;
}

/** Where a place is, as the settings write it: the same text is the same place, another text may be it too. */
export function placeAddress(place: PlaceSpec): string {
  return imagesOf(place).address(place);
}

/** What is known of the platform that a place or target is of. */
export function imagesOf(one: Pick<PlaceSpec | TargetSettings | FormSpec, "platform">): Publishing["images"] {
  return PLATFORMS[one.platform].images;
}

export function workersOf(worker: Pick<WorkerSpec, "platform">): Known["workers"] {
  return PLATFORMS[worker.platform].workers;
}

function some<T>(list: readonly T[]): readonly [T, ...T[]] {
  const [first, ...more] = list;
  if (first === undefined) throw new Error("there is no platform");
  return [first, ...more];
}

/** What a platform can do; anything else is refused by name at plan time. */
export interface Capabilities {
  /** Has workers of these architectures. */
  readonly workers: readonly Arch[];
  /** Publishes images of these architectures, and boots them. */
  readonly images: readonly Arch[];
}

/** What each platform can do; one that is absent can do nothing. */
export type CapabilityTable = Readonly<Partial<Record<PlatformName, Capabilities>>>;

export function capabilities(): CapabilityTable {
  return Object.fromEntries(
    platforms().map(({ name, workers, images }): [PlatformName, Capabilities] => [
      name,
      { workers: workers.architectures, images: images?.architectures ?? [] },
    ]),
  );
}
