/** fetch with bounds: a time for each try, and few tries. */
import { setTimeout as delay } from "node:timers/promises";

export interface Patience {
  /** One request, milliseconds. @default 15000 */
  readonly timeoutMs?: number;
  /** Requests in all, where the network or the server fails. @default 3 */
  readonly attempts?: number;
  /** Before the second request, milliseconds; doubled before each further one. @default 500 */
  readonly pauseMs?: number;
}

/** A pause that a server asks for is kept up to here, milliseconds. */
const LONGEST_PAUSE = 10_000;

/**
 * Tries again on network errors, on 5xx and on 429; any other answer is final, a refusal above all.
 * @returns the last answer, whatever its status
 * @throws the last network error
 */
export async function patientFetch(url: string | URL, init: RequestInit, patience: Patience): Promise<Response> {
  const { timeoutMs = 15_000, attempts = 3, pauseMs = 500 } = patience;
  for (let attempt = 1; ; attempt++) {
    const last = attempt >= attempts;
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) }).catch((error: unknown) => {
      if (last) throw new Error(`${attempts} attempts, ${explain(error)}`, { cause: error });
      return undefined;
    });
    if (response !== undefined && (last || !(response.status >= 500 || response.status === 429))) return response;
    await delay(Math.min(retryAfter(response) ?? pauseMs * 2 ** (attempt - 1), LONGEST_PAUSE));
  }
}

/** Seconds or a date, as milliseconds from now. */
function retryAfter(response: Response | undefined): number | undefined {
  const value = response?.headers.get("retry-after");
  if (value == null) return undefined;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}

/** fetch says only "fetch failed"; what failed is its cause. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
