/** All that the report is written from: gathered once, then pure. */
import type { StackOutputs } from "../../model/outputs/schema";
import type { LedgerEntry } from "../../model/plan";
import type { StoreOwner } from "./costs";
import type { DiskDocuments } from "./kept";
import type { PackageLists } from "./packages";
import type { Schedule } from "./schedule";
import type { Vulnerability } from "./scan";

export interface Facts {
  readonly stack: string;
  readonly outputs: StackOutputs;
  /** The stacks that promote from this one, or are to be shown beside it. */
  readonly readers: readonly Reader[];
  readonly packages: PackageLists;
  /** What the store has of each disk for those who ask what is in it and where it comes from, by build key. */
  readonly documents: ReadonlyMap<string, DiskDocuments>;
  /** What a scanner has found. @default nobody has asked */
  readonly scan?: readonly Vulnerability[];
  readonly schedule: Schedule;
  readonly store: StoreOwner;
  readonly now: Date;
}

export type Reader =
  { readonly stack: string; readonly outputs: StackOutputs } | { readonly stack: string; readonly problem: string };

/** Newest first; one that only a reader still knows is not among them. */
export function newestFirst({ outputs }: Facts): LedgerEntry[] {
  return [...outputs.generations].sort((a, b) => b.number - a.number);
}

/** The stacks that use a generation now. */
export function usersOf(entry: LedgerEntry, facts: Facts): string[] {
  const readers = facts.readers.filter((reader) => "outputs" in reader && same(reader.outputs.generations[0], entry));
  const own = same(facts.outputs.generations[0], entry) ? [facts.stack] : [];
  return [...readers.map(({ stack }) => stack), ...own];
}

/** True if both are one generation: a number alone could be another's. */
export function same(a: LedgerEntry | undefined, b: LedgerEntry | undefined): boolean {
  const keys = (entry: LedgerEntry | undefined) => entry?.images.map(({ key }) => key).join();
  return a !== undefined && a.id === b?.id && keys(a) === keys(b);
}
