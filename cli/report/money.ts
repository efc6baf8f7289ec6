/** Estimated costs, with what they leave out. */
import type { LedgerEntry } from "../../model/plan";
import { keptCosts, runCosts, sum, type WorkerCost } from "./costs";
import { muted, strong, type Block, type Inline } from "./document";
import { newestFirst, type Facts } from "./facts";
import { duration, listed, size, usd } from "./format";

const LEFT_OUT =
  "An estimate from list prices (USD, us-east-1, on demand): no volumes of workers, boot-check machines, traffic, requests " +
  "or addresses, no discount, no tax. What has no price is counted as nothing.";

export function money(facts: Facts): Block[] {
  const generations = newestFirst(facts);
  const [newest, ...older] = generations.map((entry) => runTable(entry, generations));
  return [
    { kind: "heading", text: "Costs, estimated" },
    { kind: "paragraph", content: muted(LEFT_OUT) },
    ...(newest === undefined ? [] : [newest]),
    ...(older.length === 0 ? [] : [{ kind: "fold" as const, summary: "Workers of older runs", blocks: older }]),
    keptTable(generations, facts),
  ];
}

function runTable(entry: LedgerEntry, all: readonly LedgerEntry[]): Block {
  const costs = runCosts(entry, all);
  const taken = entry.images.map(({ arch }) => arch).filter((arch) => !costs.some((cost) => cost.arch === arch));
  return {
    kind: "table",
    caption: `${entry.id}: workers, by what they took and their hourly price`,
    columns: [
      { title: "Run" },
      { title: "Worker" },
      { title: "Time", holds: "figures" },
      { title: "USD", holds: "figures" },
      { title: "Price" },
    ],
    rows: [
      ...costs.map((cost) => [[entry.id, " ", cost.arch], cost.worker.type, time(cost), amount(cost), basis(cost)]),
      ...(taken.length === 0
        ? []
        : [[[entry.id, " ", listed(taken)], muted("none"), "", usd(0), "disks of an older run"]]),
      [strong(`${entry.id} together`), "", "", strong(totalOf(costs)), missing(costs)],
    ],
  };
}

/** `≤ $0.09` where one of them is known only to be less. */
export function totalOf(costs: readonly WorkerCost[]): string {
  const least = costs.some(({ price }) => price.kind === "listed" && price.atMost) ? "≤ " : "";
  return `${least}${usd(sum(costs.map((cost) => cost.usd ?? 0)))}`;
}

function time({ seconds }: WorkerCost): Inline {
  return seconds > 0 ? duration(seconds) : muted("not known");
}

function amount({ price, usd: cost, seconds }: WorkerCost): Inline {
  if (price.kind === "own") return usd(0);
  if (price.kind === "unknown" || cost === undefined || seconds === 0) return muted("?");
  return price.atMost ? `≤ ${usd(cost)}` : usd(cost);
}

function basis({ price, worker }: WorkerCost): Inline {
  switch (price.kind) {
    case "own":
      return `${worker.platform}: a machine of one's own`;
    case "unknown":
      return `${worker.platform}: no list price known`;
    case "listed":
      return `$${price.usd} an hour${price.atMost ? " on demand; spot costs less" : ""}`;
  }
}

function missing(costs: readonly WorkerCost[]): Inline {
  const unknown = costs
    .filter(({ price, seconds }) => price.kind === "unknown" || seconds === 0)
    .map(({ arch }) => arch);
  return unknown.length === 0 ? "" : muted(`without ${listed(unknown)}`);
}

function keptTable(generations: readonly LedgerEntry[], facts: Facts): Block {
  const costs = keptCosts(generations, facts.store);
  const unknown = costs.filter((cost) => cost.usd === undefined).map(({ what }) => what);
  return {
    kind: "table",
    caption: "What is kept, a month",
    columns: [
      { title: "What" },
      { title: "Number", holds: "figures" },
      { title: "Data", holds: "figures" },
      { title: "USD a month", holds: "figures" },
      { title: "Price" },
    ],
    rows: [
      ...costs.map(({ what, count, bytes, usd: cost, basis }): Inline[] => [
        what,
        String(count),
        size(bytes),
        cost === undefined ? muted("?") : usd(cost),
        basis,
      ]),
      [
        strong("Together"),
        "",
        "",
        strong(usd(sum(costs.map((cost) => cost.usd ?? 0)))),
        unknown.length === 0 ? "" : muted(`without ${listed(unknown)}`),
      ],
    ],
  };
}
