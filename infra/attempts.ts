/** What each attempt tries, for people: the error of the last one says what was tried before it. */
import { MOST_ATTEMPTS } from "../provider";
import { imagesOf, workersOf, type PlaceSpec, type WorkerSpec } from "./specs";

/** One text an attempt; empty where all attempts try the same. */
export function workerAttempts(worker: WorkerSpec, attempts: number): readonly string[] {
  return workersOf(worker).tries(worker, attempts);
}

/** Each zone that the settings name is tried once: one without capacity says nothing of the image either. */
export function bootAttempts(place: PlaceSpec): {
  readonly attempts: number;
  readonly attemptNames: readonly string[];
} {
  const attemptNames = imagesOf(place).tries(place).slice(0, MOST_ATTEMPTS);
  return { attempts: Math.max(2, attemptNames.length), attemptNames };
}
