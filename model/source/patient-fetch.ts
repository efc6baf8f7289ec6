/** Requests with bounds: a time for each try, and few tries. */
import { setTimeout as delay } from "node:timers/promises";
import { retryAfterMs } from "../../contract/retry-after";
import { httpRequest, isCertificateError, type HttpInit, type HttpResponse, type Reach } from "./http";

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
/** Answers that another try may change. 501 is not among them: what isn't made yet won't be in a second. */
const PASSING = [429, 500, 502, 503, 504, 521, 522, 523, 524];

/**
 * Tries again on network errors, on 5xx and on 429; any other answer is final, a refusal above all.
 * @returns the last answer, whatever its status
 * @throws the last network error
 */
export async function patientFetch(
  url: string | URL,
  init: HttpInit,
  patience: Patience,
  reach: Reach = {},
): Promise<HttpResponse> {
  const { timeoutMs = 15_000, attempts = 3, pauseMs = 500 } = patience;
  for (let attempt = 1; ; attempt++) {
    const last = attempt >= attempts;
    const response = await httpRequest(new URL(url), init, reach, timeoutMs).catch((error: unknown) => {
      if (isCertificateError(error)) throw error;
      if (last) throw new Error(`${attempts} attempts, ${explain(error)}`, { cause: error });
      return undefined;
    });
    if (response !== undefined && (last || !PASSING.includes(response.status))) return response;
    await delay(Math.min(retryAfterMs(response?.header("retry-after")) ?? pauseMs * 2 ** (attempt - 1), LONGEST_PAUSE));
  }
}

/** Where a name has several addresses, node says only that all have failed. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const each = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  const parts = each.flatMap((one) => (one instanceof Error ? [one.message] : []));
  return parts.length > 0 ? parts.join(", ") : error.message;
}
