import { createReadStream } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { pipeline } from "node:stream/promises";

export type PutBody = { readonly path: string } | { readonly text: string };

export interface PutRequest {
  /** Presigned. Secret: it is in no error of this file. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: PutBody;
  /** Bytes of the body that the connection has taken. */
  readonly onProgress: (bytes: number) => void;
  readonly signal: AbortSignal;
}

export interface PutAnswer {
  readonly status: number;
  /** Beginning of the answer's body. */
  readonly text: string;
}

/** One try. Resolves with whatever the server answers; rejects when there is no answer. */
export type Put = (request: PutRequest) => Promise<PutAnswer>;

/** Silence on the connection for so long means that it is dead. */
const SILENCE_MS = 60_000;
/** Servers that do not know `Expect` are given the body after this. */
const CONTINUE_MS = 3_000;
/** Some servers say "Continue" first and look at the signature with the first bytes (versitygw). */
const FIRST_BYTES = 512 * 1024;
const REFUSAL_MS = 200;
const ANSWER_LIMIT = 16 * 1024;

/**
 * PUT over node's own http. The body waits for the server's "100 Continue", so that a refusal costs no upload and is
 * read whole, instead of breaking the connection that is being written to.
 */
export const putOverHttp: Put = (request) =>
  new Promise((resolve, reject) => {
    const { request: make } = request.url.startsWith("https:") ? https : http;
    const call = make(request.url, {
      method: "PUT",
      headers: { ...request.headers, Expect: "100-continue" },
      agent: false,
      signal: request.signal,
    });
    let answered = false;
    let sending = false;
    const fail = (error: unknown): void => {
      if (!answered) reject(error instanceof Error ? error : new Error(String(error)));
    };
    const sendBody = (): void => {
      if (sending || answered) return;
      sending = true;
      pipeline(counted(request), call).catch((error: unknown) => {
        // The body cannot be read, or the connection broke; an answer that is on its way counts more.
        if (answered) return;
        setTimeout(() => {
          call.destroy();
          fail(error);
        }, 1000);
      });
    };
    const patience = setTimeout(sendBody, CONTINUE_MS);
    call.setTimeout(SILENCE_MS, () => call.destroy(new Error(`the server was silent for ${SILENCE_MS / 1000} s`)));
    call.on("continue", sendBody);
    call.on("response", (response) => {
      answered = true;
      clearTimeout(patience);
      readAnswer(response)
        .then(
          (text) => resolve({ status: response.statusCode ?? 0, text }),
          (error: unknown) => {
            answered = false;
            fail(error);
          },
        )
        .finally(() => call.destroy());
    });
    call.on("error", (error) => {
      clearTimeout(patience);
      if (!sending) fail(error);
      else setTimeout(() => fail(error), 1000);
    });
    call.flushHeaders();
  });

/**
 * The body, counted. A refusal is given a moment to arrive after the first bytes: a server that closes on bytes that it
 * did not read resets the connection, and its answer is lost.
 */
async function* counted({ body, onProgress }: PutRequest): AsyncGenerator<Buffer> {
  if ("text" in body) {
    yield Buffer.from(body.text);
    return;
  }
  let bytes = 0;
  for await (const chunk of createReadStream(body.path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    if (bytes === 0) {
      yield chunk.subarray(0, FIRST_BYTES);
      await new Promise((resolve) => setTimeout(resolve, REFUSAL_MS));
    }
    yield bytes === 0 ? chunk.subarray(FIRST_BYTES) : chunk;
    bytes += chunk.length;
    onProgress(bytes);
  }
}

async function readAnswer(response: http.IncomingMessage): Promise<string> {
  let text = "";
  response.setEncoding("utf8");
  for await (const chunk of response as AsyncIterable<string>) {
    text += chunk;
    if (text.length > ANSWER_LIMIT) break;
  }
  return text;
}
