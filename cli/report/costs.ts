/** What a run has cost and what is kept costs: estimates, from the ledger and the list of prices. */
import type { DiskFacts, LedgerEntry } from "../../model/plan";
import type { Arch } from "../../infra/words";
import type { Price } from "../../infra/definition";
import { publishingPlatforms } from "../../infra/specs";
import { hourOf, STORE_GIB_MONTH_USD } from "./prices";

/** Whose the artifact store is: Amazon's costs, one's own does not. */
export type StoreOwner = "amazon" | "own" | "unknown";

export interface WorkerCost {
  readonly arch: Arch;
  readonly worker: DiskFacts["worker"];
  readonly seconds: number;
  readonly price: Price;
  /** Undefined if there is no price for it. */
  readonly usd?: number;
}

/** The workers of a generation; a disk that an older one had made already cost nothing again. */
export function runCosts(entry: LedgerEntry, all: readonly LedgerEntry[]): WorkerCost[] {
  return entry.images.flatMap(({ arch, key }) => {
    const disk = entry.disks[key];
    const older = all.some((other) => other.number < entry.number && other.disks[key] !== undefined);
    if (disk === undefined || older) return [];
    const price = hourOf(disk.worker.platform, disk.worker.type);
    const cost = { arch, worker: disk.worker, seconds: disk.workerSeconds, price };
    return [price.kind === "listed" ? { ...cost, usd: (price.usd * disk.workerSeconds) / 3600 } : cost];
  });
}

export interface KeptCost {
  readonly what: string;
  readonly bytes: number;
  readonly count: number;
  /** For a month; undefined if there is no price for it. */
  readonly usd?: number;
  readonly basis: string;
}

/** What all kept generations take, a month: each disk and each image of it once. */
export function keptCosts(all: readonly LedgerEntry[], store: StoreOwner): KeptCost[] {
  const disks = Object.values(Object.fromEntries(all.flatMap((entry) => Object.entries(entry.disks))));
  const stored = sum(disks.map(({ storedBytes }) => storedBytes));
  const artifacts = { what: "disks in the artifact store", bytes: stored, count: disks.length };
  return [storeCost(artifacts, store), ...imageCosts(all)].filter(({ count }) => count > 0);
}

function storeCost(cost: Pick<KeptCost, "what" | "bytes" | "count">, store: StoreOwner): KeptCost {
  switch (store) {
    case "amazon":
      return { ...cost, usd: gib(cost.bytes) * STORE_GIB_MONTH_USD, basis: `S3, $${STORE_GIB_MONTH_USD} a GiB` };
    case "own":
      return { ...cost, usd: 0, basis: "a store of one's own" };
    case "unknown":
      return { ...cost, basis: "whose store it is could not be read" };
  }
}

function imageCosts(all: readonly LedgerEntry[]): KeptCost[] {
  const placed = all.flatMap((entry) =>
    entry.images.flatMap((image) =>
      image.places.flatMap(({ spec }) => {
        const disk = entry.disks[image.key];
        return disk === undefined ? [] : [{ platform: spec.platform, disk }];
      }),
    ),
  );
  return publishingPlatforms().map(({ name, images: { kept } }) => {
    const disks = placed.filter(({ platform }) => platform === name).map(({ disk }) => disk);
    const bytes = sum(disks.map(({ dataBytes }) => dataBytes));
    const usd = kept.gibMonthUsd === undefined ? {} : { usd: gib(bytes) * kept.gibMonthUsd };
    return { what: kept.what, bytes, count: disks.length, ...usd, basis: kept.basis };
  });
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

const gib = (bytes: number): number => bytes / 2 ** 30;
