/**
 * What policies want to know of machines, networks and images, whatever the platform is. A room says in its `policy-view.ts`, for
 * each type of resource that it declares, how to read this from the inputs.
 */
import { isRecord } from "../contract/is-record";
import { powerOffMinutes } from "./user-data";

/** Stands for what the engine knows only once something else is made: in a preview, nothing can be said of it. */
export class Later {
  private readonly isKnown = false;
}
export const UNKNOWN = new Later();

/** `undefined`: it is not said at all. */
export type Said<T> = T | Later | undefined;

export type Props = Readonly<Record<string, unknown>>;

/** A temporary machine. */
export interface MachineFacts {
  /** As settings name it: `c7i.xlarge`. @default the platform has no types, it has sizes */
  readonly type?: Said<string>;
  /** Region or hypervisor, as settings write it. @default it is of a machine elsewhere */
  readonly place?: Said<string>;
  /** @default the type says */
  readonly vcpus?: Said<number>;
  /** @default the type says */
  readonly memoryMib?: Said<number>;
  /**
   * A metadata service that anybody on the machine may ask, one that wants a token first, or none; `cloud`: whoever has the
   * cloud says, the platform has no switch for it.
   * @default of a machine that is to be made: it is said where it is made
   */
  readonly metadata?: Said<"open" | "token" | "none" | "cloud">;
  /** How many hops an answer of it goes; one more than the machine itself is what a container on a bridge needs. */
  readonly metadataHops?: Said<number>;
  /** What credentials of the platform the machine has; `none` is what it should say. @default the same */
  readonly credentials?: Said<string>;
  /** Reached from the internet. */
  readonly publicAddress: Said<boolean>;
  /** Powering off ends it, and nothing starts another in its stead. @default the platform has no switch for it: it is off until the run or the next one deletes it */
  readonly endsByPowerOff?: Said<boolean>;
}

export interface VolumeFacts {
  /** As people know it: `root`, a device. */
  readonly name: string;
  /** @default as large as what it is made from */
  readonly gib?: Said<number>;
  /** `host`: whoever has the hypervisor says, the platform has no switch for it. */
  readonly encryption?: Said<"yes" | "no" | "host">;
}

/** Whom a network lets in. */
export interface IngressFacts {
  /** `22`, `0-65535`, `all`. */
  readonly ports: string;
  /** A range of addresses, IPv4 or IPv6; another text stands for ranges that can't be read: `prefix list pl-1`. */
  readonly from: Said<string>;
}

/** A published image. */
export interface ImageFacts {
  /** As the plan named it, where the platform's own name differs. */
  readonly name: Said<string>;
  /** What this platform registers of how an image is started: each is to be said. Empty where a copy keeps what its source says. */
  readonly says: Readonly<Record<string, Said<string>>>;
  /** Of the raw disk, sha256, 64 hex digits. */
  readonly checksum: Said<string>;
  /** Build key, 64 hex digits; `elsewhere` where the image can't carry it and the name's last part is all there is. */
  readonly build: Said<string>;
  /** What is paid for, GiB at most. @default what the image of the same name has that it is a copy of */
  readonly gib?: Said<number>;
}

/** Everything that one resource says. */
export interface Facts {
  readonly machine?: MachineFacts;
  /** Of a worker, as price lists name it: `c7i.xlarge spot`. @default the machine's type */
  readonly billedAs?: Said<string>;
  readonly volumes?: readonly VolumeFacts[];
  readonly ingress?: readonly IngressFacts[];
  /** Minutes after its boot when a machine powers itself off; undefined in it: its user data has no such timer. */
  readonly lifetime?: { readonly minutes: Said<number> };
  readonly image?: ImageFacts;
  /** Who may start machines from an image beside its owner: `all`, or an account. */
  readonly sharedWith?: Said<string>;
  /** Where the platform has tags: all of them. */
  readonly tags?: Readonly<Record<string, Said<string>>> | Later;
}

/** Of a type that rules ask nothing. */
export const nothing = (): Facts => ({});

/** What a worker starts from. */
export type WorkerBase =
  /** @param owner whoever answers for it, left out where the platform has no such word; `*` in the name stands for any text */
  | { readonly kind: "image"; readonly owner?: Said<string>; readonly name: Said<string> }
  /** It was there before. */
  | { readonly kind: "machine" };

/** @param provider inputs of its provider */
export type Reader = (props: Props, provider: Props) => Facts;

/** @param W what is known of a worker: a job's may lack anything, be of another kind, or not be known yet */
export interface PolicyView<W = Props> {
  /** Of every type that the room declares, components too; `{}` of one that rules ask nothing. */
  readonly types: Readonly<Record<string, Reader>>;
  /** The same of types that nothing here declares: a stack that lets one in is not rid of the rules by that. @default none */
  readonly others?: Readonly<Record<string, Reader>>;
  readonly base: (worker: W) => WorkerBase;
  /** What settings say already of a machine that builds. */
  readonly worker: (worker: W) => Facts;
}

// --- Readers: what is not of the kind that it should be counts as not said, which every rule refuses that wants it. None of them throws.

export function text(value: unknown): Said<string> {
  return typeof value === "string" || value instanceof Later ? value : undefined;
}

/**
 * Texts too, which Pulumi's plugins take for a number in any form of Go's: `0x1f4`, `+500`. NaN of what can't be read here, or is
 * below zero: it is within no limit.
 */
export function number(value: unknown): Said<number> {
  if (!isSaid(value)) return undefined;
  if (value instanceof Later) return value;
  const read = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof read === "number" && read >= 0 ? read : NaN;
}

export function flag(value: unknown): Said<boolean> {
  return typeof value === "boolean" || value instanceof Later ? value : undefined;
}

/** Whatever is there at all, as people know it: `otherwise` where it is no text. */
export function anything(value: unknown, otherwise: string): Said<string> {
  return isSaid(value) ? (text(value) ?? otherwise) : undefined;
}

/** Plugins take an empty text for nothing. */
export function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

/** For people, where what it says is not judged. */
export function label(value: unknown, otherwise: string): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : otherwise;
}

/** Members of a list; a single one may stand for a list of one. */
export function list(value: unknown): readonly unknown[] {
  if (!isSaid(value)) return [];
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

/** Members of a list of maps; none of one that is not known. */
export function maps(value: unknown): readonly Props[] {
  return value instanceof Later ? [] : list(value).map(map);
}

/** One map; empty where it is none, or not known. */
export function map(value: unknown): Props {
  return isRecord(value) && !(value instanceof Later) ? value : {};
}

/** One entry of a map, which is not known where the map is not. */
export function entry(value: unknown, key: string): unknown {
  return value instanceof Later ? value : own(map(value), key);
}

/** What an object has by itself: every one answers to `constructor`. */
export function own<T>(of: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(of, key) ? of[key] : undefined;
}

/** A map of texts, such as tags; plugins take numbers and flags for texts. */
export function texts(value: unknown): NonNullable<Facts["tags"]> {
  if (value instanceof Later) return UNKNOWN;
  const read = (one: unknown) => (typeof one === "number" || typeof one === "boolean" ? String(one) : text(one));
  return Object.fromEntries(Object.entries(map(value)).map(([key, one]) => [key, read(one)]));
}

/** Reads it where it is known. */
export function when<T, R>(said: Said<T>, read: (known: T) => R): R | Later | undefined {
  if (said === undefined) return undefined;
  return said instanceof Later ? UNKNOWN : read(said);
}

/** Of a worker: the address that ssh goes to is one of the internet. One behind a jump host has none. */
export function hasPublicAddress({ address, jumpHost }: Props): Said<boolean> {
  return isSaid(jumpHost) ? false : when(text(address) ?? "public", (known) => known !== "private");
}

/** A build key as an image carries it: the word for images that can't carry one is no key, whoever writes it there. */
export function buildKey(said: Said<string>): Said<string> {
  return said === "elsewhere" ? "" : said;
}

/** Of user data, ours or another's. */
export function lifetime(userData: unknown): NonNullable<Facts["lifetime"]> {
  return { minutes: when(text(userData), powerOffMinutes) };
}
