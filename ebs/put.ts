import * as http from "node:http";
import * as https from "node:https";
import { BLOCK_BYTES } from "../contract/blocks";
import { type BlockPlace, ebsEndpoint } from "./blocks";
import type { EbsSigner } from "./sign";

/** What the service answered to one try. */
export interface BlockAnswer {
  readonly status: number;
  /** Name of the error, e.g. `ThrottlingException`; empty if all is well. */
  readonly error: string;
  readonly message: string;
  /** The service's own checksum of what it got, base64. */
  readonly checksum?: string;
}

export interface Block {
  readonly index: number;
  /** `BLOCK_BYTES` of them. */
  readonly bytes: Uint8Array;
  /** sha256, base64 */
  readonly digest: string;
}

/** Silence on the connection for so long means that it is dead. */
const SILENCE_MS = 20_000;
/** A connection that broke while it was written to may have an answer in it already. */
const LAST_WORD_MS = 200;
const ANSWER_LIMIT = 16 * 1024;

/** PutSnapshotBlock over connections that are kept, for one snapshot. */
export class BlockConnection {
  private readonly url: URL;
  private readonly agent: http.Agent;
  private readonly request: typeof http.request;
  /** One for each put that is on the way. */
  private readonly stops = new Set<(reason: Error) => void>();

  /** @param signal ends every put, and this */
  constructor(
    private readonly place: BlockPlace,
    connections: number,
    private readonly signal: AbortSignal,
  ) {
    this.url = new URL(ebsEndpoint(place));
    const module = this.url.protocol === "https:" ? https : http;
    this.request = module.request;
    // The connection used last is warm; those that a smaller window leaves idle are let go by the server.
    this.agent = new module.Agent({ keepAlive: true, maxSockets: connections, scheduling: "lifo" });
    signal.addEventListener("abort", this.stop);
  }

  private readonly stop = (): void => {
    for (const stop of this.stops) stop(this.signal.reason as Error);
  };

  /** One try. Resolves with whatever the server answers; rejects when there is no answer. */
  put({ index, bytes, digest }: Block, signer: EbsSigner, now: Date): Promise<BlockAnswer> {
    const path = `${this.url.pathname.replace(/\/$/, "")}/snapshots/${this.place.snapshotId}/blocks/${index}`;
    const headers = signer.sign(
      {
        method: "PUT",
        path,
        host: this.url.host,
        headers: {
          "content-type": "application/octet-stream",
          "x-amz-checksum": digest,
          "x-amz-checksum-algorithm": "SHA256",
          "x-amz-data-length": String(BLOCK_BYTES),
        },
      },
      now,
    );
    return new Promise((resolve, reject) => {
      this.signal.throwIfAborted();
      const call = this.request({
        method: "PUT",
        protocol: this.url.protocol,
        hostname: this.url.hostname.replace(/^\[|\]$/g, ""),
        port: this.url.port,
        path,
        headers: { ...headers, "content-length": String(bytes.length) },
        agent: this.agent,
      });
      const stop = (reason: Error): void => {
        call.destroy(reason);
        reject(reason);
      };
      this.stops.add(stop);
      call.setTimeout(SILENCE_MS, () => call.destroy(new Error(`the server was silent for ${SILENCE_MS / 1000} s`)));
      let answered = false;
      const fail = (error: Error): void => {
        if (answered) return;
        this.stops.delete(stop);
        reject(error);
      };
      call.on("error", (error) => setTimeout(() => fail(error), LAST_WORD_MS));
      call.on("response", (response) => {
        answered = true;
        readAnswer(response)
          .then(resolve, reject)
          .finally(() => {
            this.stops.delete(stop);
            // A refusal before all was sent: the rest is not wanted, and the connection is of no more use.
            if (!call.writableFinished) call.destroy();
          });
      });
      call.end(bytes);
    });
  }

  close(): void {
    this.signal.removeEventListener("abort", this.stop);
    this.agent.destroy();
  }
}

async function readAnswer(response: http.IncomingMessage): Promise<BlockAnswer> {
  let text = "";
  response.setEncoding("utf8");
  for await (const chunk of response as AsyncIterable<string>) if (text.length < ANSWER_LIMIT) text += chunk;
  const status = response.statusCode ?? 0;
  const checksum = header(response, "x-amz-checksum");
  if (status >= 200 && status < 300)
    return { status, error: "", message: "", ...(checksum !== undefined && { checksum }) };
  return { status, ...readError(text, header(response, "x-amzn-errortype")) };
}

/** The protocol restJson1: the name is in a header, or in the body as `__type` or `code`; with a namespace or an URL. */
function readError(text: string, named: string | undefined): { error: string; message: string } {
  let body: Readonly<Record<string, unknown>> = {};
  try {
    body = JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    // Proxies and load balancers answer with HTML: the status says enough.
  }
  const field = (...names: string[]): string =>
    names.map((name) => body?.[name]).find((value): value is string => typeof value === "string") ?? "";
  const name = named ?? field("__type", "code", "Code");
  const error = name.split(":")[0]?.split("#").pop() ?? "";
  return { error, message: field("message", "Message").slice(0, 500) };
}

function header(response: http.IncomingMessage, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
