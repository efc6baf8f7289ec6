/** A platform as shared code has it: asked about a worker, place or form of any, it answers for its own and refuses others by name. */
import type * as z from "zod";
import type { OpenRoom } from "../provider/room";
import type { ImagesDefinition, KeptImages, PlatformDefinition, PlatformEnd, Price } from "./definition";
import type { Environment } from "./fields";
import type { JumpHost, NamedJumpHost } from "./jump-host";
import type { BegunForm, FormDefinition, FormParts, WantedForm, WrittenForm } from "./forms";
import type { AnyParts, Parts, PlatformUse } from "./platform";
import type { PolicyView } from "./policy-facts";
import { UnsupportedError, type Arch, type Named } from "./words";

/** Its machines that build, asked about any worker: another platform's is refused by name. */
export interface Workers<S extends z.ZodObject = z.ZodObject> {
  readonly schema: (env: Environment) => S;
  readonly architectures: readonly Arch[];
  readonly type: (worker: Named) => string;
  readonly scratchGib: (worker: Named) => number | undefined;
  readonly tries: (worker: Named, attempts: number) => readonly string[];
  readonly placeName: (worker: Named) => string | undefined;
  readonly at: (worker: Named, folder: string) => z.output<S>;
  readonly jumpHost: (worker: Named) => JumpHost | undefined;
  readonly egress: (worker: Named) => readonly string[] | undefined;
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
  readonly architectures: readonly Arch[];
  readonly places: (target: Named) => readonly z.output<P>[];
  readonly path: (index: number) => readonly (string | number)[];
  readonly placeName: (place: Named) => string;
  readonly address: (place: Named) => string;
  readonly arch: (place: Named) => Arch | undefined;
  readonly output: (place: Named) => string | undefined;
  readonly sharesIds: boolean;
  readonly bootedIn: (place: Named, arch: Arch) => Readonly<Record<string, unknown>>;
  readonly at: (place: Named, folder: string) => z.output<P>;
  readonly jumpHost: (place: Named) => NamedJumpHost | undefined;
  readonly copies: boolean;
  readonly tries: (place: Named) => readonly string[];
  readonly deprecatedAfterDays: (place: Named) => number | undefined;
  readonly form?: AnyForm<F>;
  readonly argument: (imageId: string) => string;
  readonly kept: KeptImages;
}

/** The form of its places, asked about any place and any form: another platform's is refused by name. */
export interface AnyForm<F extends z.ZodObject = z.ZodObject> {
  readonly schema: F;
  readonly of: (place: Named) => z.output<F>;
  readonly where: (form: Named) => string;
  readonly access: (form: Named) => string | undefined;
  readonly upload: (form: Named) => string | undefined;
  readonly continues: readonly string[];
}

export interface Common<N extends string, W extends z.ZodObject> {
  readonly name: N;
  readonly workers: Workers<W>;
  readonly end: (arch: Arch) => PlatformEnd | undefined;
  /** What it does. */
  readonly parts: () => Promise<AnyParts>;
  readonly providerSettingProblem: (name: string) => string | undefined;
  /** Types of its resources that are made in seconds, or never. */
  readonly quickTypes: readonly string[];
  /** Its half in the provider's process; undefined where it has none. */
  readonly room: () => Promise<OpenRoom | undefined>;
  /** How policies read what it declares. */
  readonly policyView: PolicyView<Named>;
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

const unknown = (): Price => ({ kind: "unknown" });

export type Narrow<T> = (spec: Named) => T;

/** The one place where a spec of any platform becomes one of this platform: the schemas' `platform` is the proof. */
export function only<T>(name: string, what: string): Narrow<Named & T> {
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

export function common<N extends string, W extends z.ZodObject, P, F>(
  {
    name,
    workers,
    room,
    policyView,
    providerSettingProblem = () => undefined,
    quickTypes = [],
    end = () => undefined,
  }: Pick<
    PlatformDefinition<N, W, z.ZodObject, z.ZodObject, z.ZodObject>,
    "name" | "workers" | "end" | "room" | "policyView" | "providerSettingProblem" | "quickTypes"
  >,
  parts: () => Promise<Parts<z.output<W>, P, F>>,
  place: Narrow<P>,
  form: Narrow<F>,
): Common<N, W> {
  const worker = only<z.output<W>>(name, "worker");
  const { schema, architectures, type, scratchGib, tries, placeName, at, jumpHost, egress, price = unknown } = workers;
  return {
    name,
    workers: {
      schema,
      architectures,
      type: (spec) => type(worker(spec)),
      scratchGib: (spec) => optional(scratchGib, worker(spec)),
      tries: (spec, attempts) => optional(tries, worker(spec), attempts) ?? [],
      placeName: (spec) => optional(placeName, worker(spec)),
      at: (spec, folder) => optional(at, worker(spec), folder) ?? worker(spec),
      jumpHost: (spec) => optional(jumpHost, worker(spec)),
      egress: (spec) => optional(egress, worker(spec)),
      price,
    },
    end,
    providerSettingProblem,
    quickTypes,
    room: async () => room?.(),
    policyView: {
      ...policyView,
      base: (spec) => policyView.base({ ...worker(spec) }),
      worker: (spec) => policyView.worker({ ...worker(spec) }),
    },
    parts: async () => anySpec(name, await parts(), worker, place, form),
  };
}

export function anyPlace<T extends z.ZodObject, P extends z.ZodObject, F extends z.ZodObject>(
  name: string,
  { form, ...definition }: ImagesDefinition<T, P, F>,
  place: Narrow<z.output<P>>,
  narrowForm: Narrow<z.output<F>>,
): Images<T, P, F> {
  const target = only<z.output<T>>(name, "target");
  const {
    places,
    placeName,
    address,
    arch,
    output,
    bootedIn,
    at,
    jumpHost,
    tries,
    deprecatedAfterDays,
    sharesIds = false,
    copies = false,
  } = definition;
  return {
    ...definition,
    places: (spec) => places(target(spec)),
    placeName: (spec) => placeName(place(spec)),
    address: (spec) => `${name} ${address(place(spec))}`,
    arch: (spec) => optional(arch, place(spec)),
    output: (spec) => optional(output, place(spec)),
    bootedIn: (spec, arch) => ({ platform: name, ...bootedIn(place(spec), arch) }),
    at: (spec, folder) => optional(at, place(spec), folder) ?? place(spec),
    jumpHost: (spec) => optional(jumpHost, place(spec)),
    tries: (spec) => optional(tries, place(spec)) ?? [],
    deprecatedAfterDays: (spec) => optional(deprecatedAfterDays, place(spec)),
    ...(form && { form: anyForm(form, place, narrowForm) }),
    sharesIds,
    copies,
  };
}

function anyForm<P, F extends z.ZodObject>(
  { schema, of, where, access, upload, continues }: FormDefinition<P, F>,
  place: Narrow<P>,
  form: Narrow<z.output<F>>,
): AnyForm<F> {
  return {
    schema,
    of: (spec) => of(place(spec)),
    where: (one) => where(form(one)),
    access: (one) => access(form(one)),
    upload: (one) => optional(upload, form(one)),
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
  const { look, usersOf, owned, ownedTypes, identity, policies } = parts;
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
    ...(usersOf && { usersOf: (spec, imageIds) => usersOf(place(spec), imageIds) }),
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
    begin: (form, build) => written().begin(narrow(form), build),
    supply: (name, begun, writer, opts) => {
      const its = begun.map(({ form, ...one }): BegunForm<F> => ({ ...one, form: narrow(form) }));
      written().supply(name, its, writer, opts);
    },
    finish: (name, disk, { form, ...wanted }, args, opts) => {
      const its: WantedForm<F> = { ...wanted, form: narrow(form) };
      return parts().finish(name, disk, its, args, opts);
    },
  };
}
