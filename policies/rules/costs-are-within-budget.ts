/** What a run may cost at most, and what is kept costs a month: by the lists that the report goes by. */
import type { StackValidationPolicy } from "@pulumi/policy";
import { imageMonth, workersOf, type Seen } from "../resource-facts";

interface Options {
  /** Of all workers, each for as long as its build may take, USD. */
  readonly runUsd?: number;
  /** Of all images, USD. */
  readonly monthUsd?: number;
}

export const costsAreWithinBudget: StackValidationPolicy = {
  name: "costs-are-within-budget",
  description: "A run, and what is kept, cost no more than the stack allows, where it allows a sum.",
  enforcementLevel: "mandatory",
  configSchema: { properties: { runUsd: { type: "number" }, monthUsd: { type: "number" } } },
  validateStack: (stack, reportViolation) => {
    const { resources } = stack;
    const { runUsd, monthUsd } = stack.getConfig<Options>();
    const run = sum(resources.map(runOf));
    const month = sum(resources.map(imageMonth));
    if (runUsd !== undefined && run > runUsd) {
      reportViolation(
        `a run may cost ${usd(run)}, and the stack allows ${usd(runUsd)}; write cheaper workers or a shorter buildTimeoutMinutes`,
      );
    }
    if (monthUsd !== undefined && month > monthUsd) {
      reportViolation(
        `images may cost ${usd(month)} a month, and the stack allows ${usd(monthUsd)}; write keepGenerations, or fewer regions`,
      );
    }
  },
};

/** One worker, for as long as it may take; an hour whose price nobody lists counts for nothing. */
function runOf(resource: Seen): number {
  const [worker] = workersOf(resource);
  const minutes: unknown = resource.props["timeoutMinutes"];
  if (worker === undefined || typeof minutes !== "number") return 0;
  const { type, price } = worker.room.workers;
  const hour = price(type(worker.spec));
  return hour.kind === "listed" ? (hour.usd * minutes) / 60 : 0;
}

function sum(parts: readonly number[]): number {
  return parts.reduce((total, part) => total + part, 0);
}

function usd(amount: number): string {
  return `$${amount.toFixed(2)}`;
}
