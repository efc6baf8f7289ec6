/** One request over HTTP or HTTPS, with a bound on its time and on its answer: certificates may differ by cloud. */
import * as http from "node:http";
import * as https from "node:https";
import type { Tls } from "./access";
import { NoAnswer } from "./errors";

/** A body of a known length that is made while it is sent. */
export interface Streamed {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly length: number;
}

export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Streamed;
  readonly tls: Tls;
  /** Silence that is taken for the end of the connection, ms; an answer that has begun must be whole after as long. */
  readonly silenceMs: number;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

export type Transport = (sent: Sent) => Promise<Answer>;

/** More is no answer of an API's. */
const MOST_BYTES = 32 * 2 ** 20;

export const overHttp: Transport = async (sent) => {
  const { url, signal } = sent;
  const agent = url.startsWith("https:") ? https : http;
  const { tls, method, headers, body } = sent;
  const length = bodyLength(body);
  const request = agent.request(url, {
    method,
    headers: { ...headers, ...(length === undefined ? {} : { "content-length": String(length) }) },
    signal,
    ...(url.startsWith("https:") && {
      ...{ rejectUnauthorized: tls.verify, ca: tls.ca, cert: tls.cert, key: tls.key },
    }),
  });
  request.setTimeout(sent.silenceMs, () => {
    request.destroy(new Error(`it said nothing for ${Math.round(sent.silenceMs / 1000)} s`));
  });
  const answered = answerOf(request, sent.silenceMs);
  // Whoever sends may fail first; the answer, if one comes, says more.
  answered.catch(() => undefined);
  try {
    await send(request, body);
    return await answered;
  } catch (cause) {
    signal.throwIfAborted();
    throw unreached(sent, cause);
  } finally {
    // Answered before all was sent: nobody reads the rest.
    if (!request.writableEnded) request.destroy();
  }
};

function bodyLength(body: Sent["body"]): number | undefined {
  if (body === undefined) return undefined;
  return typeof body === "string" ? Buffer.byteLength(body) : body.length;
}

/** An error of the source of the bytes cuts the connection, so that nobody takes a part for the whole. */
async function send(request: http.ClientRequest, body: Sent["body"]): Promise<void> {
  if (body === undefined || typeof body === "string") {
    request.end(body);
    return;
  }
  let answered = false;
  request.once("response", () => (answered = true));
  try {
    for await (const chunk of body.bytes) {
      // Refused before all of it was sent.
      if (answered || request.destroyed) return;
      if (!request.write(chunk)) await drained(request);
    }
    request.end();
  } catch (cause) {
    request.destroy();
    throw new BodyFailed(cause);
  }
}

/** What was to be sent could not be had. */
class BodyFailed extends Error {
  constructor(cause: unknown) {
    super("the body could not be made", { cause });
  }
}

function drained(request: http.ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      for (const event of ["drain", "close", "response", "error"]) request.removeListener(event, go);
      resolve();
    };
    for (const event of ["drain", "close", "response", "error"]) request.once(event, go);
  });
}

function answerOf(request: http.ClientRequest, wholeMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    request.on("close", () => {
      reject(new Error("the connection ended without an answer"));
    });
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const giveUp = (why: string): void => {
        // Before it is cut off, which says less.
        reject(new Error(why));
        response.destroy();
      };
      const timer = setTimeout(() => giveUp(`its answer did not end in ${Math.round(wholeMs / 1000)} s`), wholeMs);
      response.once("close", () => clearTimeout(timer));
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MOST_BYTES) giveUp(`its answer has more than ${MOST_BYTES} bytes`);
        else chunks.push(chunk);
      });
      response.on("error", reject);
      response.on("aborted", () => {
        reject(new Error("the connection ended in the middle of the answer"));
      });
      response.on("end", () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        });
      });
    });
  });
}

function unreached({ method, url }: Sent, cause: unknown): unknown {
  if (cause instanceof BodyFailed) return cause.cause;
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined;
  const why = cause instanceof Error ? cause.message || (code ?? "") : String(cause);
  const remedy = /CERT|SELF_SIGNED|UNABLE_TO/.test(code ?? "")
    ? "name the file of the cloud's certificate authority in clouds.yaml (cacert)"
    : "is its address right, and can it be reached from here?";
  return new NoAnswer(`${method} ${shown(url)} got no answer: ${why}; ${remedy}`, { cause });
}

/** Without the query. */
export function shown(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
