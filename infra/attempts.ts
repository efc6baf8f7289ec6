/** What each attempt tries, for people: the error of the last one says what was tried before it. */
import { alternativeOf, MOST_ATTEMPTS } from "../contract/attempts";
import { imagesOf, workersOf, type PlaceSpec, type WorkerSpec } from "./specs";

/** Who builds for an architecture: the machine of choice, and those that stand in for it. */
export interface WorkerChoice {
  readonly worker: WorkerSpec;
  readonly spares?: readonly WorkerSpec[];
}

/** All of them, in the order in which they are tried. */
export function workerChoices({ worker, spares = [] }: WorkerChoice): readonly [WorkerSpec, ...WorkerSpec[]] {
  return [worker, ...spares];
}

/** One text an attempt, each worker having so many; empty where all attempts try the same. */
export function workerAttempts(choice: WorkerChoice, attempts: number): readonly string[] {
  const workers = workerChoices(choice);
  if (workers.length === 1) return workersOf(choice.worker).tries(choice.worker, attempts);
  return workers.flatMap((worker, index) => {
    const { tries, type } = workersOf(worker);
    const texts = tries(worker, attempts);
    const which = `worker[${index}]: ${worker.platform} ${type(worker)}`;
    return Array.from({ length: attempts }, (_, at) => (texts[at] === undefined ? which : `${which}, ${texts[at]}`));
  });
}

/** Which of its workers an attempt has, and the number of the attempt among those of that worker. */
export function workerOfAttempt(
  choice: WorkerChoice,
  attempt: number,
  attempts: number,
): { readonly worker: WorkerSpec; readonly index: number; readonly number: number } {
  const workers = workerChoices(choice);
  // By hand somebody may ask for an attempt beyond the last.
  const index = Math.min(alternativeOf(attempt, attempts), workers.length) - 1;
  return { worker: workers[index] ?? choice.worker, index, number: attempt - index * attempts };
}

/** Each zone that the settings name is tried once: one without capacity says nothing of the image either. */
export function bootAttempts(place: PlaceSpec): {
  readonly attempts: number;
  readonly attemptNames: readonly string[];
} {
  const attemptNames = imagesOf(place).tries(place).slice(0, MOST_ATTEMPTS);
  return { attempts: Math.max(2, attemptNames.length), attemptNames };
}
