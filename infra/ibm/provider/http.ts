/** One request to a service of IBM Cloud: with a token, a bound on time and size, and tried again where that is safe. */
import { boundedText } from "../../../contract/bounded-text";
import { retryAfterMs } from "../../../contract/retry-after";
import { realWait, type Wait } from "../../../provider/wait";
import type { Token } from "./authenticator";
import { IbmError, mayPass, readRefusal } from "./errors";

export interface Request {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Asked twice it does no more than asked once. @default true but for POST */
  readonly repeatable?: boolean;
  /** Ends the sentence "can't ...". */
  readonly doing: string;
  readonly stop?: AbortSignal;
}

/** @returns the parsed body; undefined where there is none. @throws IbmError */
export type Send = (request: Request) => Promise<unknown>;

export interface HttpOptions {
  readonly token: Token;
  readonly wait?: Wait;
  readonly fetch?: typeof fetch;
}

const TRIES = 5;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
const ANSWER_MS = 60_000;
/** A page of the longest list has less than a megabyte. */
const MOST_BYTES = 16 * 2 ** 20;

const NEVER = new AbortController().signal;

export function sender({ token, wait = realWait, fetch: ask = fetch }: HttpOptions): Send {
  return async (request) => {
    const { stop = NEVER, method, repeatable = method !== "POST" } = request;
    // What a POST makes would be made twice: who sends one looks for its result first.
    const tries = repeatable ? TRIES : 1;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await withToken(token, (current) => once(ask, current, request));
      } catch (error) {
        stop.throwIfAborted();
        if (attempt >= tries || !mayPass(error)) throw error;
        await wait.sleep(pauseMs(error, attempt), stop);
      }
    }
  };
}

/** A token can end before its time, or before a clock that is slow says so: nothing was done then, and a new one may help. */
async function withToken<T>(token: Token, send: (token: string) => Promise<T>): Promise<T> {
  const current = await token();
  try {
    return await send(current);
  } catch (error) {
    if (!(error instanceof IbmError) || error.status !== 401) throw error;
    return send(await token(current));
  }
}

/** As long as the answer asks, within reason; else longer each time. */
export function pauseMs({ retryAfterMs }: IbmError, attempt: number): number {
  return Math.min(retryAfterMs ?? FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS);
}

async function once(ask: typeof fetch, token: string, request: Request): Promise<unknown> {
  const { method, url, query = {}, body, doing, stop = NEVER } = request;
  const target = new URL(url);
  for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value);
  let response: Response;
  let text: string;
  try {
    response = await ask(target, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([stop, AbortSignal.timeout(ANSWER_MS)]),
    });
    text = await boundedText(response, MOST_BYTES);
  } catch (cause) {
    stop.throwIfAborted();
    const message = `no answer from ${target.origin}: ${causeOf(cause)}`;
    throw new IbmError(doing, undefined, { code: "no answer", message }, undefined, { cause });
  }
  const id = response.headers.get("x-request-id") ?? response.headers.get("transaction-id") ?? undefined;
  if (!response.ok)
    throw new IbmError(
      doing,
      response.status,
      readRefusal(text, id),
      retryAfterMs(response.headers.get("retry-after")),
    );
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const refusal = {
      code: "no JSON",
      message: `the answer is not JSON`,
      ...(id === undefined ? {} : { requestId: id }),
    };
    throw new IbmError(doing, response.status, refusal, undefined, { cause });
  }
}

/** `fetch` says "fetch failed", and why only below that. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== "" ? error.cause.message : error.message;
}
