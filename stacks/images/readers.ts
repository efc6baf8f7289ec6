/** What the stacks that promote from this one use or wait for: none of it may be deleted. */
import { messageOf } from "../../contract/message-of";
import * as pulumi from "@pulumi/pulumi";
import { parseLedger, type LedgerEntry } from "../../model/plan";
import type { Store } from "../../provider";
import { listHolds, type Hold } from "../../provider/holds";
import { openStore } from "../../provider/object-store";
import { fullName as fullNameOf, isMissing, outputsOf, type ReadStack } from "./stacks";

/** What an answer says: generations that stay, and why it may be all of them. */
export interface InUse {
  /** Ids of generations that one of them uses, used before and may go back to, holds, or is to take next. */
  readonly ids: readonly string[];
  /** What could not be found out, why, and what to do. If there is any, `ids` has all: to know nothing is no leave to delete. */
  readonly unread: readonly string[];
  /** Of `ids`, those that it was said of why they stay. @default none */
  readonly said?: readonly string[];
}

export interface Readers {
  /** Names of the promoting stacks. */
  readonly promotedBy: readonly string[];
  /** This stack's generations. */
  readonly ledger: readonly LedgerEntry[];
  /** Identity of this stack; undefined before it has one, when nobody can hold anything of it. */
  readonly identity: string | undefined;
  readonly store: Store;
}

/** How they are asked. */
export interface Asking {
  readonly outputs: ReadStack;
  readonly holds: (store: Store, identity: string) => Promise<readonly Hold[]>;
  /** `ORGANIZATION/PROJECT/NAME` of this stack. */
  readonly self: string;
  /** The same of another one. */
  readonly fullName: (stack: string) => string;
  readonly warn: (text: string) => Promise<void>;
}

const real = (): Asking => ({
  outputs: outputsOf,
  holds: (store, identity) => listHolds(openStore(store), identity),
  self: fullNameOf(pulumi.getStack()),
  fullName: fullNameOf,
  warn: (text) => pulumi.log.warn(text),
});

type Answer = Pick<InUse, "ids"> | { readonly unread: string };

/** Asks every reader that is listed, and looks for holds of those that are not. */
export async function askReaders(readers: Readers, asking: Asking = real()): Promise<InUse> {
  const { promotedBy, ledger } = readers;
  const answers = await Promise.all([
    holdsOf(readers, asking),
    ...promotedBy.map((stack) => usedBy(stack, readers, asking)),
  ]);
  const unread = answers.flatMap((answer) => ("unread" in answer ? [answer.unread] : []));
  const ids = answers.flatMap((answer) => ("unread" in answer ? ledger.map(({ id }) => id) : answer.ids));
  return { ids: [...new Set(ids)], unread };
}

/**
 * The next to be taken is the oldest that is newer than what is used: where generations come faster than they soak, none of
 * them would live to be taken.
 */
async function usedBy(
  stack: string,
  { ledger, identity }: Readers,
  { outputs, self, fullName, warn }: Asking,
): Promise<Answer> {
  try {
    const read = await outputs(stack);
    const from = read("promotedFrom");
    const entries = parseLedger(read("generations"));
    const fromUs =
      (identity !== undefined && read("promotedFromIdentity") === identity) ||
      (typeof from === "string" && sibling(fullName(stack), from) === self);
    if (fromUs) return { ids: [...entries, ...nextAfter(entries[0]?.number ?? 0, ledger)].flatMap(withOlder) };
    if (from === undefined) return { ids: nextAfter(0, ledger).flatMap(withOlder) };
    // Under another name, as before one of the two was renamed, it may use what is ours all the same.
    const ours = entries.filter((entry) => ledger.some((own) => sharesImages(own, entry)));
    if (ours.length === 0) {
      await warn(`promotedBy: ${stack} promotes from ${JSON.stringify(from)}, not from this stack`);
    }
    return { ids: ours.flatMap(withOlder) };
  } catch (error) {
    return { unread: unreadable(stack, error) };
  }
}

async function holdsOf({ ledger, identity, store }: Readers, { holds }: Asking): Promise<Answer> {
  if (identity === undefined) return { ids: [] };
  try {
    const held = (await holds(store, identity)).map(({ generation }) => generation);
    return { ids: held.filter((id) => ledger.some((entry) => entry.id === id)) };
  } catch (error) {
    return {
      unread: `who holds what of this stack can't be read: ${messageOf(error)}; make the store reachable and run this again`,
    };
  }
}

function unreadable(stack: string, error: unknown): string {
  return isMissing(error)
    ? `promotedBy: there is no stack ${stack}; if it was renamed, write its new name, if it is gone, take it off promotedBy, ` +
        `and if it is to come, make it ("pulumi stack init ${stack}")`
    : `promotedBy: stack ${stack} can't be read: ${messageOf(error)}; make it readable for this run, or take it off promotedBy`;
}

/** A short name stands for a stack of the same project. */
function sibling(stack: string, name: string): string {
  return name.includes("/") ? name : stack.replace(/[^/]*$/, name);
}

function sharesImages(a: LedgerEntry, b: LedgerEntry): boolean {
  return a.id === b.id && Object.entries(a.published).some(([place, id]) => b.published[place] === id);
}

/** Paused places have images of older ones meanwhile. */
function withOlder({ id, behind = [] }: LedgerEntry): string[] {
  return [id, ...behind.flatMap(({ older }) => older?.generation ?? [])];
}

function nextAfter(number: number, ledger: readonly LedgerEntry[]): LedgerEntry[] {
  const newer = ledger.filter((entry) => entry.number > number);
  return newer.sort((a, b) => a.number - b.number).slice(0, 1);
}
