/** Waiting for AWS, with a bound. */
import type { sleep } from "../../provider-kit/cancel";

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 10_000;
/** For so long after a create, a thing that is not to be found may just not be known everywhere yet. */
export const VISIBLE_MS = 120_000;

export interface Waiting {
  readonly signal: AbortSignal;
  readonly wait: typeof sleep;
}

export interface Bound {
  /** What is waited for, as `instance i-0 to run`. */
  readonly what: string;
  readonly timeoutMs: number;
  /** Before the first look. @default 0 */
  readonly delayMs?: number;
  /** Between looks. @default growing pauses */
  readonly everyMs?: number;
  /** Answers in a row that must agree: EC2's own replicas do not at once. @default 1 */
  readonly agreeing?: number;
}

/** Looks until the answer is not undefined. `look` gets the milliseconds since the first look. */
export async function until<T>(
  { what, timeoutMs, delayMs = 0, everyMs, agreeing = 1 }: Bound,
  { signal, wait }: Waiting,
  look: (elapsedMs: number) => Promise<T | undefined>,
): Promise<T> {
  const start = Date.now();
  let waited = 0;
  let agreed = 0;
  if (delayMs > 0) await wait(delayMs, signal, what);
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    const elapsed = Math.max(waited, Date.now() - start);
    const answer = await look(elapsed);
    agreed = answer === undefined ? 0 : agreed + 1;
    if (answer !== undefined && agreed >= agreeing) return answer;
    if (elapsed >= timeoutMs) throw new Error(`waited ${Math.round(elapsed / 1000)} s for ${what}`);
    const next = everyMs ?? (answer === undefined ? pause : FIRST_PAUSE_MS);
    await wait(next, signal, what);
    waited += next;
  }
}
