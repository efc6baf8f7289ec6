/**
 * What a platform is: `definePlatform` takes everything that shared code wants to know of it. What is known of settings alone
 * is pure and always loaded; what talks to the cloud (`parts`, `room`) is loaded when it is used.
 */
import type * as z from "zod";
import type { OpenRoom } from "../provider/room";
import type { Environment } from "./fields";
import type { AnyParts, Parts, PlatformUse } from "./platform";
import type { BegunForm, FormDefinition, FormParts, WantedForm, WrittenForm } from "./forms";
import { UnsupportedError, type Arch, type Named } from "./words";

/** Its machines that build. */
export interface WorkersDefinition<S extends z.ZodObject> {
  /** @param env variables that say what the settings leave out */
  readonly schema: (env: Environment) => S;
  readonly architectures: readonly Arch[];
  /** What kind of machine it is, as the platform names it: what its time costs depends on it. */
  readonly type: (worker: z.output<S>) => string;
  /** Size of the volume for containers, GiB. @default there is none */
  readonly scratchGib?: (worker: z.output<S>) => number;
  /** What each of so many attempts tries, for people. @default all try the same */
  readonly tries?: (worker: z.output<S>, attempts: number) => readonly string[];
  /** Name of the place that it is in, where a disk that it makes is nearest. @default none */
  readonly placeName?: (worker: z.output<S>) => string;
  /** The same for a program that runs in another folder: paths of files here start at this one. @default it names none */
  readonly at?: (worker: z.output<S>, folder: string) => z.output<S>;
  /** What an hour of one costs, by `type`. @default not known */
  readonly price?: (type: string) => Price;
}

/** Its places that images are published in. */
export interface ImagesDefinition<T extends z.ZodObject, P extends z.ZodObject, F extends z.ZodObject> {
  /** Somewhere to publish to, as the settings describe it: one or several places. */
  readonly target: (env: Environment) => T;
  /** One single place: a region, a hypervisor, a cloud. One image of an architecture is registered in it. */
  readonly place: P;
  readonly architectures: readonly Arch[];
  readonly places: (target: z.output<T>) => readonly z.output<P>[];
  /** Where the settings of a target have that place: `["regions", 0]`. */
  readonly path: (index: number) => readonly (string | number)[];
  /** Name of a place, unique in its target: the host, the region, the cloud. */
  readonly placeName: (place: z.output<P>) => string;
  /** Where a place is, as the settings write it: the same text is the same place, another text may be it too. */
  readonly address: (place: z.output<P>) => string;
  /** The one architecture of what runs in a place. @default it takes any */
  readonly arch?: (place: z.output<P>) => Arch;
  /** The key between target and architecture in the output, where the same image has another id in each place. */
  readonly output?: (place: z.output<P>) => string | undefined;
  /** All places of a target call an image alike, and share its entry in the output. @default false */
  readonly sharesIds?: true;
  /**
   * What a boot in a place says something about: another of these may boot what this one did, or not. Names, whom we let in,
   * tags and the size of a guest are not among them.
   */
  readonly bootedIn: (place: z.output<P>, arch: Arch) => Readonly<Record<string, unknown>>;
  /** One image is made from the disk, the others are copies of it. @default each is made from the disk */
  readonly copies?: true;
  /** What each attempt of a boot check tries, for people; as many as there are. @default two, which try the same */
  readonly tries?: (place: z.output<P>) => readonly string[];
  /** What images here are made from. @default the object in the store */
  readonly form?: FormDefinition<z.output<P>, F>;
  /** Days from a build until its images count as deprecated there; the date is in them. @default they never do */
  readonly deprecatedAfterDays?: (place: z.output<P>) => number | undefined;
  /** Type tokens of the resources that are one published image each. */
  readonly resources: readonly string[];
  /** How the pool manager's script is told which image to start. */
  readonly argument: (imageId: string) => string;
  /** What keeping images costs. */
  readonly kept: KeptImages;
}

export interface KeptImages {
  /** `snapshots of AMIs` */
  readonly what: string;
  /** For a GiB of data, a month, USD. @default not known */
  readonly gibMonthUsd?: number;
  /** What that rests on, for people. */
  readonly basis: string;
  /** For a GiB of what `npm run owned` finds, a month, USD, by its kind. @default not known */
  readonly thingUsd?: Readonly<Record<string, number>>;
}

/** What an hour of a machine costs, by the list. */
export type Price =
  | {
      readonly kind: "listed";
      readonly usd: number;
      /** The real price is lower, and moves: spot. */
      readonly atMost: boolean;
    }
  /** Nobody is billed for it by the hour: one's own. */
  | { readonly kind: "own" }
  | { readonly kind: "unknown" };

export interface PlatformDefinition<
  N extends string,
  W extends z.ZodObject,
  T extends z.ZodObject,
  P extends z.ZodObject,
  F extends z.ZodObject,
> {
  readonly name: N;
  readonly workers: WorkersDefinition<W>;
  readonly images: ImagesDefinition<T, P, F>;
  /** What it does there. @default it has no code yet, and is refused by name */
  readonly parts?: () => Promise<Parts<z.output<W>, z.output<P>, z.output<F>>>;
  /**
   * What is wrong with a setting of Pulumi's own provider of this name in the stack's configuration, which nothing here reads:
   * `profile` of `aws:profile`. @default nothing
   */
  readonly providerSettingProblem?: (name: string) => string | undefined;
  /** Its half in the provider's process. @default it needs no resources of its own */
  readonly room?: () => Promise<OpenRoom>;
}

/** A platform that publishes nothing. */
export type WorkersOnly<N extends string, W extends z.ZodObject> = Omit<
  PlatformDefinition<N, W, z.ZodObject, z.ZodObject, z.ZodObject>,
  "images" | "parts"
> & { readonly parts?: () => Promise<Parts<z.output<W>, never, never>> };

/** Its machines that build, asked about any worker: another platform's is refused by name. */
export interface Workers<S extends z.ZodObject = z.ZodObject> {
  readonly schema: (env: Environment) => S;
  /** None while there is no code. */
  readonly architectures: readonly Arch[];
  readonly type: (worker: Named) => string;
  readonly scratchGib: (worker: Named) => number | undefined;
  readonly tries: (worker: Named, attempts: number) => readonly string[];
  readonly placeName: (worker: Named) => string | undefined;
  readonly at: (worker: Named, folder: string) => z.output<S>;
  readonly price: (type: string) => Price;
}

/** Its places, asked about any place: another platform's is refused by name. */
export interface Images<
  T extends z.ZodObject = z.ZodObject,
  P extends z.ZodObject = z.ZodObject,
  F extends z.ZodObject = z.ZodObject,
> {
  readonly target: (env: Environment) => T;
  readonly place: P;
  /** None while there is no code. */
  readonly architectures: readonly Arch[];
  readonly places: (target: Named) => readonly z.output<P>[];
  readonly path: (index: number) => readonly (string | number)[];
  readonly placeName: (place: Named) => string;
  readonly address: (place: Named) => string;
  readonly arch: (place: Named) => Arch | undefined;
  readonly output: (place: Named) => string | undefined;
  readonly sharesIds: boolean;
  readonly bootedIn: (place: Named, arch: Arch) => Readonly<Record<string, unknown>>;
  readonly copies: boolean;
  readonly tries: (place: Named) => readonly string[];
  readonly deprecatedAfterDays: (place: Named) => number | undefined;
  readonly form?: AnyForm<F>;
  readonly resources: readonly string[];
  readonly argument: (imageId: string) => string;
  readonly kept: KeptImages;
}

/** The form of its places, asked about any place and any form: another platform's is refused by name. */
export interface AnyForm<F extends z.ZodObject = z.ZodObject> {
  readonly schema: F;
  readonly of: (place: Named) => z.output<F>;
  readonly where: (form: Named) => string;
  readonly access: (form: Named) => string | undefined;
  readonly continues: readonly string[];
}

interface Common<N extends string, W extends z.ZodObject> {
  readonly name: N;
  readonly workers: Workers<W>;
  /** What it does. @throws UnsupportedError where there is no code yet */
  readonly parts: () => Promise<AnyParts>;
  readonly hasParts: boolean;
  readonly providerSettingProblem: (name: string) => string | undefined;
  /** Its half in the provider's process; undefined where it has none. */
  readonly room: () => Promise<OpenRoom | undefined>;
}

export interface Platform<
  N extends string = string,
  W extends z.ZodObject = z.ZodObject,
  T extends z.ZodObject = z.ZodObject,
  P extends z.ZodObject = z.ZodObject,
  F extends z.ZodObject = z.ZodObject,
> extends Common<N, W> {
  readonly images: Images<T, P, F>;
}

export interface WorkersPlatform<N extends string = string, W extends z.ZodObject = z.ZodObject> extends Common<N, W> {
  readonly images?: undefined;
}

export function definePlatform<
  N extends string,
  W extends z.ZodObject,
  T extends z.ZodObject,
  P extends z.ZodObject,
  F extends z.ZodObject = never,
>(definition: PlatformDefinition<N, W, T, P, F>): Platform<N, W, T, P, F> {
  const { name, parts } = definition;
  const place = only<z.output<P>>(name, "place");
  const form = only<z.output<F>>(name, "form");
  return {
    ...common(definition, parts, place, form),
    images: anyPlace(name, definition.images, place, form, parts !== undefined),
  };
}

/** A platform of machines that build, and of nothing else. */
export function defineWorkers<N extends string, W extends z.ZodObject>(
  definition: WorkersOnly<N, W>,
): WorkersPlatform<N, W> {
  const none = () => {
    throw new UnsupportedError(definition.name, "places");
  };
  return common(definition, definition.parts, none, none);
}

const unknown = (): Price => ({ kind: "unknown" });

type Narrow<T> = (spec: Named) => T;

/** The one place where a spec of any platform becomes one of this platform: the schemas' `platform` is the proof. */
function only<T>(name: string, what: string): Narrow<Named & T> {
  const isOwn = (spec: Named): spec is Named & T => spec.platform === name;
  return (spec) => {
    if (isOwn(spec)) return spec;
    throw new UnsupportedError(name, `${what} of platform "${spec.platform}"`);
  };
}

/** Asked of the one that it is given, narrowed, also where the platform has no answer. */
function optional<A extends unknown[], T>(answer: ((...args: A) => T) | undefined, ...args: A): T | undefined {
  return answer?.(...args);
}

function common<N extends string, W extends z.ZodObject, P, F>(
  {
    name,
    workers,
    room,
    providerSettingProblem = () => undefined,
  }: Pick<
    PlatformDefinition<N, W, z.ZodObject, z.ZodObject, z.ZodObject>,
    "name" | "workers" | "room" | "providerSettingProblem"
  >,
  parts: (() => Promise<Parts<z.output<W>, P, F>>) | undefined,
  place: Narrow<P>,
  form: Narrow<F>,
): Common<N, W> {
  const worker = only<z.output<W>>(name, "worker");
  const { schema, architectures, type, scratchGib, tries, placeName, at, price = unknown } = workers;
  return {
    name,
    workers: {
      schema,
      architectures: parts === undefined ? [] : architectures,
      type: (spec) => type(worker(spec)),
      scratchGib: (spec) => optional(scratchGib, worker(spec)),
      tries: (spec, attempts) => optional(tries, worker(spec), attempts) ?? [],
      placeName: (spec) => optional(placeName, worker(spec)),
      at: (spec, folder) => optional(at, worker(spec), folder) ?? worker(spec),
      price,
    },
    hasParts: parts !== undefined,
    providerSettingProblem,
    room: async () => room?.(),
    parts: async () => {
      if (parts === undefined) throw new UnsupportedError(name, "implementation yet");
      return anySpec(name, await parts(), worker, place, form);
    },
  };
}

function anyPlace<T extends z.ZodObject, P extends z.ZodObject, F extends z.ZodObject>(
  name: string,
  { form, ...definition }: ImagesDefinition<T, P, F>,
  place: Narrow<z.output<P>>,
  narrowForm: Narrow<z.output<F>>,
  hasParts: boolean,
): Images<T, P, F> {
  const target = only<z.output<T>>(name, "target");
  const {
    places,
    placeName,
    address,
    arch,
    output,
    bootedIn,
    tries,
    deprecatedAfterDays,
    sharesIds = false,
    copies = false,
  } = definition;
  return {
    ...definition,
    architectures: hasParts ? definition.architectures : [],
    places: (spec) => places(target(spec)),
    placeName: (spec) => placeName(place(spec)),
    address: (spec) => `${name} ${address(place(spec))}`,
    arch: (spec) => optional(arch, place(spec)),
    output: (spec) => optional(output, place(spec)),
    bootedIn: (spec, arch) => ({ platform: name, ...bootedIn(place(spec), arch) }),
    tries: (spec) => optional(tries, place(spec)) ?? [],
    deprecatedAfterDays: (spec) => optional(deprecatedAfterDays, place(spec)),
    ...(form && { form: anyForm(form, place, narrowForm) }),
    sharesIds,
    copies,
  };
}

function anyForm<P, F extends z.ZodObject>(
  { schema, of, where, access, continues }: FormDefinition<P, F>,
  place: Narrow<P>,
  form: Narrow<z.output<F>>,
): AnyForm<F> {
  return {
    schema,
    of: (spec) => of(place(spec)),
    where: (one) => where(form(one)),
    access: (one) => access(form(one)),
    continues,
  };
}

function anySpec<W, P, F>(
  platform: string,
  parts: Parts<W, P, F>,
  worker: Narrow<W>,
  place: Narrow<P>,
  form: Narrow<F>,
): AnyParts {
  const { look, owned, ownedTypes, identity, policies } = parts;
  const use = (any: PlatformUse): PlatformUse<W, P> => ({
    ...any,
    workers: any.workers.map((one) => ({ ...one, spec: worker(one.spec) })),
    places: any.places.map((one) => ({ ...one, spec: place(one.spec) })),
  });
  return {
    worker: (name, arch, spec, opts, attempt) => parts.worker(name, arch, worker(spec), opts, attempt),
    preflight: (any) => parts.preflight(use(any)),
    publish: (name, { copyOf, ...spec }, artifact, opts) => {
      if (parts.publish === undefined) throw new UnsupportedError(platform, "images");
      const copied = copyOf && { copyOf: { ...copyOf, place: place(copyOf.place) } };
      return parts.publish(name, { ...spec, ...copied, place: place(spec.place) }, artifact, opts);
    },
    form: anyFormParts(platform, parts.form, form),
    boot: (name, spec, opts) => {
      if (parts.boot === undefined) throw new UnsupportedError(platform, "machines started from images");
      return parts.boot(name, { ...spec, place: place(spec.place) }, opts);
    },
    ...(look && { look: (spec, names) => look(place(spec), names) }),
    ...(ownedTypes && { ownedTypes }),
    ...(owned && { owned: (any, owner) => owned(use(any), owner) }),
    ...(identity && { identity: (any) => identity(use(any)) }),
    ...(policies && { policies: (any) => policies(use(any)) }),
  };
}

function anyFormParts<F>(platform: string, own: FormParts<F> | undefined, narrow: Narrow<F>): Required<FormParts> {
  const parts = (): FormParts<F> => {
    if (own === undefined) throw new UnsupportedError(platform, "form of its own");
    return own;
  };
  const written = (): WrittenForm<F> => {
    const { begin, supply } = parts();
    if (!begin || !supply) throw new UnsupportedError(platform, "form that a worker writes");
    return { begin, supply };
  };
  return {
    begin: (form, build) => {
      const { upload } = written().begin(narrow(form), build);
      return { form, upload };
    },
    supply: (name, begun, writer, opts) => {
      const its = begun.map(({ form, upload }): BegunForm<F> => ({ form: narrow(form), upload }));
      written().supply(name, its, writer, opts);
    },
    finish: (name, disk, { form, ...wanted }, args, opts) => {
      const its: WantedForm<F> = { ...wanted, form: narrow(form) };
      return parts().finish(name, disk, its, args, opts);
    },
  };
}
