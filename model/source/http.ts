/** HTTP as registries need it: through a proxy, with authorities of one's own, or without a check of the certificate. */
import * as http from "node:http";
import * as https from "node:https";
import * as tls from "node:tls";
import type { Checked } from "./certificates";
import { proxyFor, type Proxies } from "./proxy";

export interface HttpInit {
  readonly method?: "GET" | "HEAD" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly ok: boolean;
  readonly body: Buffer;
  /** The first of that name; name in small letters. */
  header(name: string): string | undefined;
  /** All of that name. */
  headers(name: string): readonly string[];
}

/** How servers are reached. */
export interface Reach {
  readonly proxies?: Proxies;
  /** Certificates and client's key for a host. @default those that node knows */
  readonly tls?: (host: string) => Checked;
  /** True takes https with any certificate. @default false */
  readonly anyCertificate?: boolean;
}

/** No manifest and no token is as long as this: podman's own bound is 4 MiB. */
const MOST_BYTES = 8 * 2 ** 20;
const MOST_REDIRECTS = 5;

/** One request; redirects are followed, without credentials to another host. @throws where no answer comes */
export async function httpRequest(url: URL, init: HttpInit, reach: Reach, timeoutMs: number): Promise<HttpResponse> {
  const signal = AbortSignal.timeout(timeoutMs);
  let at = url;
  let headers = init.headers ?? {};
  for (let redirects = 0; ; redirects++) {
    const response = await once(at, { ...init, headers }, reach, signal);
    const location = response.header("location");
    if (response.status < 300 || response.status > 399 || location === undefined) return response;
    if (redirects >= MOST_REDIRECTS) throw new Error(`${url.host} sends from one place to the next without an end`);
    const next = new URL(location, at);
    if (next.protocol !== "https:" && at.protocol === "https:")
      throw new Error(`${at.host} sends to ${next.origin}, which is not https`);
    if (next.host !== at.host) {
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== "authorization"));
    }
    at = next;
  }
}

async function once(url: URL, init: HttpInit, reach: Reach, signal: AbortSignal): Promise<HttpResponse> {
  const { method = "GET", body } = init;
  const proxy = proxyFor(url, reach.proxies ?? {});
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const headers = { ...init.headers, ...length };
  let request: http.ClientRequest;
  if (url.protocol === "https:") {
    const secure = { ...reach.tls?.(url.host), rejectUnauthorized: reach.anyCertificate !== true };
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const servername = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
    const options = { method, headers, signal, agent: false, ...secure, ...servername } as const;
    if (proxy === undefined) request = https.request(url, options);
    else {
      const socket = await tunnel(proxy, url, signal);
      const createConnection = (): tls.TLSSocket => tls.connect({ socket, ...secure, ...servername, host });
      // With an agent of its own node would make another connection.
      request = https.request(url, { ...options, agent: undefined, createConnection });
    }
  } else if (proxy === undefined) request = http.request(url, { method, headers, signal, agent: false });
  else {
    const all = { ...headers, host: url.host, ...proxyAuthorization(proxy) };
    const options = { method, headers: all, signal, agent: false, path: url.href };
    request = proxy.protocol === "https:" ? https.request(proxy, options) : http.request(proxy, options);
  }
  return new Promise((resolve, reject) => {
    request.once("error", (error) => reject(signal.aborted ? timeout(signal) : error));
    request.once("response", (message) => {
      const chunks: Buffer[] = [];
      let size = 0;
      message.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > MOST_BYTES) message.destroy(new Error(`${url.host} sent more than ${MOST_BYTES} bytes`));
        else chunks.push(chunk);
      });
      message.once("error", (error) => reject(signal.aborted ? timeout(signal) : error));
      message.once("end", () => resolve(responseOf(message, Buffer.concat(chunks))));
    });
    request.end(body);
  });
}

function responseOf(message: http.IncomingMessage, body: Buffer): HttpResponse {
  const status = message.statusCode ?? 0;
  const headers = (name: string) => message.headersDistinct[name] ?? [];
  return { status, ok: status >= 200 && status < 300, body, headers, header: (name) => headers(name)[0] };
}

/** A connection to the host behind the proxy. */
function tunnel(proxy: URL, url: URL, signal: AbortSignal): Promise<NonNullable<http.ClientRequest["socket"]>> {
  const target = `${url.hostname}:${url.port || "443"}`;
  const options = {
    method: "CONNECT",
    path: target,
    headers: { host: target, ...proxyAuthorization(proxy) },
    agent: false as const,
    signal,
  };
  const request = proxy.protocol === "https:" ? https.request(proxy, options) : http.request(proxy, options);
  return new Promise((resolve, reject) => {
    const refuse = (why: string, cause?: Error): void =>
      reject(new Error(`the proxy ${proxy.host} (HTTPS_PROXY) ${why}`, { cause }));
    request.once("connect", ({ statusCode = 0 }, socket) => {
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      refuse(`answered ${statusCode} to CONNECT ${target}; is it in its list, or ought to be in NO_PROXY?`);
    });
    // A server that is no proxy answers as to any request.
    request.once("response", ({ statusCode }) => {
      request.destroy();
      refuse(`answered ${statusCode} to CONNECT ${target}; is it a proxy?`);
    });
    request.once("error", (error) =>
      refuse(`can't be reached: ${signal.aborted ? timeout(signal).message : error.message}`, error),
    );
    request.end();
  });
}

function proxyAuthorization({ username, password }: URL): { "proxy-authorization"?: string } {
  if (username === "") return {};
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(text).toString("base64")}` };
}

function timeout(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
}

/** Codes of OpenSSL and node for a certificate that can't be trusted. */
const CERTIFICATE = /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH|INVALID_CA)/;

/** True for an error that says that the server's certificate is not trusted: to ask again helps nothing. */
export function isCertificateError(error: unknown): boolean {
  return error instanceof Error && CERTIFICATE.test(String((error as NodeJS.ErrnoException).code ?? ""));
}
