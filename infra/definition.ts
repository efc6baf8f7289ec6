/**
 * What a platform's room says of it: everything that shared code wants to know. What is known of settings alone is pure and
 * always loaded; what talks to the cloud (`parts`, `room`) is loaded when it is used.
 */
import type * as z from "zod";
import type { OpenRoom } from "../provider/room";
import type { Environment } from "./fields";
import type { FormDefinition } from "./forms";
import type { JumpHost, NamedJumpHost } from "./jump-host";
import type { Parts } from "./platform";
import type { PolicyView } from "./policy-facts";
import type { Arch } from "./words";

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
  /** What it is reached through, in its settings' `jumpHost`. @default it is reached by itself */
  readonly jumpHost?: (worker: z.output<S>) => JumpHost | undefined;
  /** The ranges that its settings let it connect to. @default everywhere, as far as the settings say */
  readonly egress?: (worker: z.output<S>) => readonly string[] | undefined;
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
  /** The same for a program that runs in another folder: paths of files here start at this one. @default it names none */
  readonly at?: (place: z.output<P>, folder: string) => z.output<P>;
  /** What machines of its boot checks are reached through, at this path under the place. @default they are reached by themselves */
  readonly jumpHost?: (place: z.output<P>) => NamedJumpHost | undefined;
  /** One image is made from the disk, the others are copies of it. @default each is made from the disk */
  readonly copies?: true;
  /** What each attempt of a boot check tries, for people; as many as there are. @default two, which try the same */
  readonly tries?: (place: z.output<P>) => readonly string[];
  /** What images here are made from. @default the object in the store */
  readonly form?: FormDefinition<z.output<P>, F>;
  /** Days from a build until its images count as deprecated there; the date is in them. @default they never do */
  readonly deprecatedAfterDays?: (place: z.output<P>) => number | undefined;
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

/** A day from which on a platform no longer has what images of an architecture need there. */
export interface PlatformEnd {
  /** `2027-02-20` */
  readonly day: string;
  /** What ends: a sentence without its full stop. */
  readonly what: string;
  readonly remedy: string;
}

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
  /** What of an architecture it has said it will end, for workers and places alike. @default nothing */
  readonly end?: (arch: Arch) => PlatformEnd | undefined;
  /** What it does there. */
  readonly parts: () => Promise<Parts<z.output<W>, z.output<P>, z.output<F>>>;
  /**
   * What is wrong with a setting of Pulumi's own provider of this name in the stack's configuration, which nothing here reads:
   * `profile` of `aws:profile`. @default nothing
   */
  readonly providerSettingProblem?: (name: string) => string | undefined;
  /** Its half in the provider's process. @default it needs no resources of its own */
  readonly room?: () => Promise<OpenRoom>;
  /** Types of its resources that are made in seconds, by a plugin that may wait for ever. @default none */
  readonly quickTypes?: readonly string[];
  /** How policies read what it declares. */
  readonly policyView: PolicyView;
}

/** A platform that publishes nothing. */
export type WorkersOnly<N extends string, W extends z.ZodObject> = Omit<
  PlatformDefinition<N, W, z.ZodObject, z.ZodObject, z.ZodObject>,
  "images" | "parts"
> & { readonly parts: () => Promise<Parts<z.output<W>, never, never>> };
