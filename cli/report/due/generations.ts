/** What becomes of generations by time alone: built again, taken over, deleted. */
import { generationId, pausedPlaces, promote, refreshDue, staying, type LedgerEntry } from "../../../model/plan";
import { DAY_MS } from "../../../model/plan/clock";
import { same, type Facts } from "../facts";
import { listed, many } from "../format";
import type { Promoting } from "../schedule";
import type { Due } from "./item";

export function rebuilds({ schedule: { building } }: Facts): Due[] {
  const { stack, generations, settings } = building;
  if ("problem" in generations || "problem" in settings) return [];
  const [newest] = newestFirst(generations);
  const at = newest && refreshDue(settings, newest);
  if (newest === undefined || at === undefined) return [];
  const days = many(settings.rebuildAfterDays ?? 0, "day");
  const what = `${stack} builds ${nextId(newest)} even if nothing has changed: ${days} after ${newest.id}`;
  return [{ kind: "rebuild", at, what, ...nextRun(stack) }];
}

/** CI's or a person's. */
function nextRun(stack: string): Pick<Due, "remedy" | "command"> {
  return { remedy: "the next run does it", command: `pulumi up --stack ${stack}` };
}

export function promotions({ schedule: { building, promoting } }: Facts): Due[] {
  const { generations } = building;
  if ("problem" in generations) return [];
  return promoting.flatMap((one) => generations.flatMap((entry) => promotion(entry, generations, one)));
}

/** The rule itself is asked whether it would be taken when it has soaked. */
function promotion(entry: LedgerEntry, offered: readonly LedgerEntry[], { stack, used, settings }: Promoting): Due[] {
  if ("problem" in used || "problem" in settings) return [];
  const at = new Date(Date.parse(entry.builtAt) + settings.promote.soakDays * DAY_MS);
  try {
    const { action, entries, replaces } = promote({ settings, offered, used, now: at });
    if (action === "unchanged" || entries[0].id !== entry.id) return [];
    const what = `${stack} takes ${entry.id}${replaces === undefined ? "" : ` instead of ${replaces}`}`;
    return [{ kind: "promotion", at, what, ...nextRun(stack) }];
  } catch {
    // Nothing can be taken that day: there is nothing to say of it.
    return [];
  }
}

/** What is more than `keepGenerations` once there is another one, and what else it waits for. */
export function deletions({ schedule: { building, promoting } }: Facts): Due[] {
  const { generations, settings } = building;
  if ("problem" in generations || "problem" in settings) return [];
  const [newest, ...older] = newestFirst(generations);
  if (newest === undefined) return [];
  const nobody = { inUse: [], paused: pausedPlaces(settings) };
  const [now, then] = [staying(older, settings, nobody), staying([newest, ...older], settings, nobody)];
  return [newest, ...older]
    .filter((entry) => !then.includes(entry))
    .map((entry): Due => {
      const holders = promoting.filter((one) => holds(one, entry, generations)).map(({ stack }) => stack);
      const successor = entry === newest || now.includes(entry) ? `${nextId(newest)} is whole` : "";
      const released =
        holders.length === 0 ? "" : `${listed(holders)} no longer ${holders.length === 1 ? "holds" : "hold"} it`;
      const conditions = [successor, released].filter((one) => one !== "");
      const after = conditions.length === 0 ? "with the next run" : `once ${conditions.join(" and ")}`;
      return { kind: "deletion", after, what: `${entry.id} is deleted in all its places` };
    });
}

/** A stack that promotes keeps what it uses, what it used, and what it would take next; one that can't be read, everything. */
function holds({ used }: Promoting, entry: LedgerEntry, offered: readonly LedgerEntry[]): boolean {
  if ("problem" in used) return true;
  const current = used[0]?.number ?? 0;
  const next = newestFirst(offered)
    .reverse()
    .find(({ number }) => number > current);
  return used.some((one) => same(one, entry)) || same(next, entry);
}

const newestFirst = (generations: readonly LedgerEntry[]): LedgerEntry[] =>
  [...generations].sort((a, b) => b.number - a.number);

const nextId = ({ number }: LedgerEntry): string => generationId(number + 1);
