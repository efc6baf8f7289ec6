/** What a run may cost at most, and what is kept costs a month: by the lists that the report goes by. */
import type { StackValidationPolicy } from "@pulumi/policy";
import { Later, number, own, type ImageFacts } from "../../infra/policy-facts";
import { TIMEOUT_MINUTES } from "../../provider/ephemeral-stack/args";
import { factsOf, keeperOf, plain, workersOf, type JobWorker, type Seen } from "../resource-facts";

type Prices = Readonly<Record<string, number>>;
interface Options {
  /** Of all workers, each for as long as its build may take, USD. */
  readonly runUsd?: number;
  /** Of all images, USD. */
  readonly monthUsd?: number;
  /** For an hour of a worker, by its type, USD: above the list. */
  readonly hourUsd?: Prices;
  /** For a GiB that is kept of an image, a month, by its platform, USD: above the list. */
  readonly gibMonthUsd?: Prices;
}

const PRICES = { type: "object", additionalProperties: { type: "number" } } as const;

export const costsAreWithinBudget: StackValidationPolicy = {
  name: "costs-are-within-budget",
  description: "A run, and what is kept, cost no more than the stack allows, where it allows a sum.",
  enforcementLevel: "mandatory",
  configSchema: {
    properties: {
      ...{ runUsd: { type: "number" }, monthUsd: { type: "number" } },
      ...{ hourUsd: PRICES, gibMonthUsd: PRICES },
    },
  },
  validateStack: (stack, reportViolation) => {
    const { runUsd, monthUsd, hourUsd = {}, gibMonthUsd = {} } = stack.getConfig<Options>();
    const within = (costs: readonly Cost[], most: number | undefined, what: string, instead: string): void => {
      if (most === undefined) return;
      for (const problem of new Set(costs.flatMap((cost) => ("unknown" in cost ? [cost.unknown] : []))))
        reportViolation(problem);
      const total = costs.reduce((sum, cost) => sum + ("usd" in cost ? cost.usd : 0), 0);
      // A sum that can't be reckoned is within no budget.
      if (!(total <= most)) {
        const cost = what.replace("COST", usd(total));
        reportViolation(`${cost}, and the stack allows ${usd(most)}; write ${instead}`);
      }
    };
    const { resources } = stack;
    const run = resources.flatMap((resource) => runOf(resource, hourUsd));
    within(run, runUsd, "a run may cost COST", "cheaper workers or a shorter buildTimeoutMinutes");
    const month = monthOf(resources, gibMonthUsd);
    within(month, monthUsd, "images may cost COST a month", "keepGenerations, or fewer regions");
  },
};

type Cost = { readonly usd: number } | { readonly unknown: string };

/** The dearest of its workers, for as long as the build may take. */
function runOf(resource: Seen, prices: Prices): Cost[] {
  const minutes = number(plain(resource.props)["timeoutMinutes"]) ?? TIMEOUT_MINUTES;
  const hours = workersOf(resource).flatMap((worker) => hourOf(worker, prices));
  if (Number.isNaN(minutes)) return [{ unknown: "how long a build may take can't be read; write timeoutMinutes" }];
  const unknown = hours.filter((hour) => "unknown" in hour);
  if (typeof minutes !== "number" || hours.length === 0) return unknown;
  const dearest = Math.max(0, ...hours.map((hour) => ("usd" in hour ? hour.usd : 0)));
  return [...unknown, { usd: (dearest * minutes) / 60 }];
}

/** Nothing of one whose type is not known yet: it is judged again. */
function hourOf({ room, spec }: JobWorker, prices: Prices): Cost[] {
  const { machine, billedAs = machine?.type ?? "" } = room.policyView.worker(spec);
  const type = machine?.type ?? "";
  if (type instanceof Later || billedAs instanceof Later) return [];
  const said = own(prices, billedAs) ?? own(prices, type);
  if (said !== undefined) return [{ usd: said }];
  const hour = room.workers.price(billedAs);
  switch (hour.kind) {
    case "listed":
      return [{ usd: hour.usd }];
    case "own":
      return [{ usd: 0 }];
    case "unknown": {
      const write = `write hourUsd: ${JSON.stringify({ [type]: 0.1 })}`;
      return [{ unknown: `what an hour of a worker of type ${billedAs} costs is not known; ${write}, with its price` }];
    }
  }
}

interface Kept {
  readonly platform: string;
  readonly listed: number | undefined;
  readonly image: ImageFacts;
}

/** Each image is paid for where it is, a copy as what it is a copy of. */
function monthOf(resources: readonly Seen[], prices: Prices): Cost[] {
  const all = resources.flatMap((seen): Kept[] => {
    const { image } = factsOf(seen);
    const { platform, gibMonthUsd: listed } = keeperOf(seen);
    return image === undefined ? [] : [{ platform, listed, image }];
  });
  return all.flatMap((one) => keptOf(one, all, prices));
}

function keptOf(one: Kept, all: readonly Kept[], prices: Prices): Cost[] {
  const { platform, listed, image } = one;
  const price = own(prices, platform) ?? listed;
  if (price === 0) return [];
  const size = image.gib ?? sizeOfSource(one, all);
  // It is judged again once it is made.
  if (size instanceof Later) return [];
  const write = (usd: number) => `write gibMonthUsd: ${JSON.stringify({ [platform]: usd })}`;
  if (size === undefined || Number.isNaN(size))
    return [{ unknown: `how large an image is on ${platform} is not known; ${write(0)}, and reckon it yourself` }];
  if (price === undefined)
    return [{ unknown: `what a GiB of an image costs on ${platform} is not known; ${write(0.1)}, with its price` }];
  return [{ usd: size * price }];
}

/** The plan gives the images of a disk one name, wherever they are. */
function sizeOfSource({ platform, image: { name } }: Kept, all: readonly Kept[]): ImageFacts["gib"] {
  if (typeof name !== "string") return name;
  const source = all.find((one) => one.platform === platform && one.image.name === name && one.image.gib !== undefined);
  return source?.image.gib;
}

function usd(amount: number): string {
  return `$${amount.toFixed(2)}`;
}
