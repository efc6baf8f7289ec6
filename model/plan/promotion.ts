/** Which generation a promoting stack uses: a pure function of its settings, both ledgers and the clock. */
import { UserError } from "../../contract/user-error";
import { imagePaths, isAtOrBelow } from "../outputs";
import type { PromoteSettings } from "../settings/types";
import { DAY_MS } from "./clock";
import type { LedgerEntry } from "./types";

/** No generation can be taken: nothing changes. */
export class PromotionError extends UserError {
  override readonly name = "PromotionError";
}

export interface PromotionInputs {
  readonly settings: Pick<PromoteSettings, "promote" | "keepGenerations">;
  /** What the building stack has, in any order. */
  readonly offered: readonly LedgerEntry[];
  /** What this stack has used so far: the current one first, then the one before it, and so on. */
  readonly used: readonly LedgerEntry[];
  readonly now: Date;
}

/** A generation that is not taken, and why. */
export interface Refusal {
  readonly id: string;
  readonly why: string;
}

export interface Promotion {
  /** `unchanged`: what was in use stays so. */
  readonly action: "taken" | "unchanged";
  /** What this stack uses from now on, and what it used before, ready to go back to. */
  readonly entries: readonly [LedgerEntry, ...LedgerEntry[]];
  /** What was used until now, if that was another. */
  readonly replaces?: string;
  /** Newer generations that wait or don't fit. */
  readonly notTaken: readonly Refusal[];
  /** Used before, and not there any more. */
  readonly gone: readonly string[];
  /** Entries of the output `images` that the one used until now has and the new one has not. */
  readonly loses: readonly string[];
}

/** @throws PromotionError with every reason why nothing can be taken, and what to do */
export function promote({ settings, offered, used, now }: PromotionInputs): Promotion {
  const { promote: wish, keepGenerations } = settings;
  const candidates = [...offered].sort((a, b) => b.number - a.number);
  const stillThere = (entry: LedgerEntry): LedgerEntry[] => candidates.filter((other) => isSame(entry, other));
  const current = used[0] && stillThere(used[0])[0];
  const refusal = (entry: LedgerEntry): string | undefined => whyNot(entry, wish, now);

  const chosen =
    wish.generation === undefined
      ? newest(candidates, current, refusal, wish.from)
      : named(candidates, wish.generation, refusal, wish.from);
  const before = used.filter(({ id }) => id !== chosen.id);
  const stays = used[0] !== undefined && isSame(used[0], chosen);
  return {
    action: stays ? "unchanged" : "taken",
    entries: [chosen, ...before.flatMap(stillThere).slice(0, keepGenerations - 1)],
    ...(used[0] === undefined || stays ? {} : { replaces: used[0].id }),
    notTaken: candidates
      .filter(({ number }) => number > chosen.number)
      .map((entry) => ({ id: entry.id, why: refusal(entry) ?? `promote.generation names ${chosen.id}` })),
    gone: before.filter((entry) => stillThere(entry).length === 0).map(({ id }) => id),
    loses: imagePaths(used[0]).filter((path) => !imagePaths(chosen).includes(path)),
  };
}

/** The newest that fits; never an older one than is in use: only a person goes back. */
function newest(
  candidates: readonly LedgerEntry[],
  current: LedgerEntry | undefined,
  refusal: (entry: LedgerEntry) => string | undefined,
  from: string,
): LedgerEntry {
  const fit = candidates.find((entry) => refusal(entry) === undefined);
  const best = [fit, current].filter((entry) => entry !== undefined).sort((a, b) => b.number - a.number)[0];
  if (best !== undefined) return best;
  const reasons = candidates.map((entry) => `  ${entry.id}: ${refusal(entry)}`);
  throw new PromotionError(
    candidates.length === 0
      ? `promote.from: ${from} has no generation yet; run "pulumi up" there first`
      : [`promote: no generation of ${from} can be taken:`, ...reasons].join("\n"),
  );
}

function named(
  candidates: readonly LedgerEntry[],
  id: string,
  refusal: (entry: LedgerEntry) => string | undefined,
  from: string,
): LedgerEntry {
  const entry = candidates.find((candidate) => candidate.id === id);
  if (entry === undefined) {
    const there = candidates.map((candidate) => candidate.id).join(", ");
    throw new PromotionError(
      `promote.generation: ${id} is gone from ${from}${there === "" ? ", which has none" : `; it has ${there}`}`,
    );
  }
  const why = refusal(entry);
  if (why !== undefined) throw new PromotionError(`promote.generation: ${id} can't be taken: ${why}`);
  return entry;
}

/** Everything that speaks against a generation, in one text; undefined if nothing does. */
function whyNot(entry: LedgerEntry, wish: PromoteSettings["promote"], now: Date): string | undefined {
  const paths = imagePaths(entry);
  const lacking = wish.needs.filter((need) => !paths.some((path) => isAtOrBelow(path, need)));
  const soaked = new Date(Date.parse(entry.builtAt) + wish.soakDays * DAY_MS);
  const unsoaked = now.getTime() < soaked.getTime() && !(wish.skipSoak && wish.generation === entry.id);
  const reasons = [
    ...(lacking.length > 0 ? [`it lacks ${lacking.join(", ")}, which promote.needs asks for`] : []),
    ...(unsoaked
      ? [
          `it will have soaked for ${wish.soakDays} days on ${soaked.toISOString()}; ` +
            `to take it before, name it in promote.generation and set promote.skipSoak`,
        ]
      : []),
  ];
  return reasons.length === 0 ? undefined : reasons.join("; ");
}

/** A building stack that was made anew counts from g1 again: the id alone says too little. */
function isSame(a: LedgerEntry, b: LedgerEntry): boolean {
  const keys = ({ images }: LedgerEntry): string =>
    images
      .map(({ key }) => key)
      .sort()
      .join();
  return a.id === b.id && keys(a) === keys(b);
}

/** What is used of each generation, by the id of the place; of older ones, what paused places have of them meanwhile. */
export function heldImages(entries: readonly LedgerEntry[]): ReadonlyMap<string, LedgerEntry["published"]> {
  const held = new Map(entries.map(({ id, published }) => [id, published]));
  for (const { older } of entries.flatMap(({ behind = [] }) => behind)) {
    if (older === undefined || entries.some(({ id }) => id === older.generation)) continue;
    held.set(older.generation, { ...held.get(older.generation), [older.publishedIn]: older.imageId });
  }
  return held;
}
