/** What each attempt tries, for people: the error of the last one says what was tried before it. */
import { MOST_ATTEMPTS } from "../provider";
import { candidate } from "./aws/candidates";
import type { PlaceSpec, WorkerSpec } from "./specs";

/** One text an attempt; empty where all attempts try the same. */
export function workerAttempts(worker: WorkerSpec, attempts: number): string[] {
  if (worker.platform !== "aws") return [];
  return numbers(attempts).map((number) => {
    const { subnet, spot } = candidate(worker, { number, of: attempts });
    return `${subnet}, ${spot ? "spot" : "on demand"}`;
  });
}

/** Each zone that the settings name is tried once: one without capacity says nothing of the image either. */
export function bootAttempts(place: PlaceSpec): {
  readonly attempts: number;
  readonly attemptNames: readonly string[];
} {
  if (place.platform !== "aws") return { attempts: 2, attemptNames: [] };
  const { subnets } = place.boot;
  const attempts = Math.min(Math.max(2, subnets.length), MOST_ATTEMPTS);
  const names = numbers(attempts).map((number) => candidate({ subnets, spot: false }, { number, of: attempts }).subnet);
  return { attempts, attemptNames: names };
}

function numbers(to: number): number[] {
  return Array.from({ length: to }, (_, index) => index + 1);
}
