/**
 * Every call to AWS that this program, its provider and the official plugin make, with what it may touch: the policy is
 * generated from this list and preflight tries each action of it. What calls something new declares it here.
 */
import type { PlatformUse } from "../platform";
import { partition } from "./provider/region";
import { STACK_TAG } from "../../provider/owner";
import type { Arch } from "../words";
import type { AwsPlace, AwsWorker } from "./settings";

/** The parts of the settings that decide what is called where. */
export interface AwsUse {
  /** Name of the stack; its inner stacks are called `STACK.*`. */
  readonly stack: string;
  readonly workers: readonly { readonly path: string; readonly arch: Arch; readonly spec: AwsWorker }[];
  readonly places: readonly { readonly path: string; readonly arch: Arch; readonly spec: AwsPlace }[];
  /** Bucket of Amazon's; absent where the store is another's. */
  readonly store?: { readonly bucket: string; readonly region: string };
  /** Records are signed there. @default false */
  readonly signs?: boolean;
  /** Identity of the stack. @default none yet: its first run makes one */
  readonly identity?: string;
  /** Machines that the check of one image starts at once. @default 1 */
  readonly boots?: number;
}

export type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** Some actions on some things. */
export interface Grant<Action extends string = string> {
  /** Name of the statement, letters and digits; says what it is for. */
  readonly sid: string;
  readonly actions: readonly Action[];
  readonly resources: readonly string[];
  readonly condition?: Condition;
}

export function awsUse(use: PlatformUse<AwsWorker, AwsPlace>): AwsUse {
  const { stack = "*", identity, store, signs, boots } = use;
  return {
    stack,
    ...(identity === undefined ? {} : { identity }),
    ...(boots === undefined ? {} : { boots }),
    ...(signs === undefined ? {} : { signs }),
    workers: use.workers,
    places: use.places,
    ...(store !== undefined && store.endpoint === undefined
      ? { store: { bucket: store.bucket, region: store.region } }
      : {}),
  };
}

/** All regions, each once. */
export function regions(use: AwsUse): string[] {
  return unique(specs(use).map(({ region }) => region));
}

/** What something is encrypted with in a region. */
export interface Sealed {
  readonly region: string;
  /** ARN. @default the account's key for EBS */
  readonly kmsKeyId?: string;
}

export function specs({ workers, places }: AwsUse): Sealed[] {
  return [...workers, ...places].map(({ spec }) => spec);
}

export function unique<T>(list: readonly T[]): T[] {
  return [...new Set(list)];
}

/** The target that a place is of, as a path of the settings. */
export function targetPath(place: string): string {
  return place.replace(/\.regions\[\d+\]$/, "");
}

/** What a call makes must bear our tag; what a call changes must bear it already. */
export const made = ({ stack }: AwsUse): Condition => tagged("aws:RequestTag", stack);
export const owned = ({ stack }: AwsUse): Condition => tagged("aws:ResourceTag", stack);

/** What EC2 makes without tags, because the official plugin sends none: nobody's, as far as tags say. */
export const nobodys = (): Condition => ({ Null: { [`aws:ResourceTag/${STACK_TAG}`]: "true" } });

/** The tag goes on together with the thing, by one of these calls, and on nothing that is there already. */
export const madeBy = (use: AwsUse, ...actions: readonly string[]): Condition => ({
  ...made(use),
  StringEquals: { "ec2:CreateAction": actions },
});

function tagged(key: string, stack: string): Condition {
  return { StringLike: { [`${key}/${STACK_TAG}`]: unique([stack, `${stack}.*`]) } };
}

export function within(use: AwsUse): Condition {
  return { StringEquals: { "aws:RequestedRegion": regions(use) } };
}

/** `arn:aws:ec2:REGION:*:KIND/*`, of each region. Images and snapshots have no account in theirs. */
export function arns(inRegions: readonly string[], ...kinds: readonly string[]): string[] {
  return unique(inRegions).flatMap((region) =>
    kinds.map((kind) => {
      const account = kind.startsWith("image/") || kind.startsWith("snapshot/") ? "" : "*";
      return `arn:${partition(region)}:ec2:${region}:${account}:${kind}`;
    }),
  );
}
