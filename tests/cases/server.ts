/** A server on loopback that answers by rules: the first one that fits a request is the answer. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { tmpdir } from "node:os";
import * as path from "node:path";
import * as z from "zod";
import { words } from "./case";

/** Numbers are written as such, e.g. in `retry-after`. */
const text = z.union([z.string(), z.number().transform(String)]);

/** JSON, as it goes over the wire. */
const written = z
  .union([z.array(z.unknown()), z.record(z.string(), z.unknown())])
  .transform((value) => JSON.stringify(value));

export const rulesSchema = z.array(
  z.strictObject({
    ...words,
    path: z.string(),
    method: z.string().exactOptional(),
    headers: z.record(z.string(), z.string()).exactOptional(),
    body: z.string().exactOptional(),
    times: z.int().exactOptional(),
    answer: z.strictObject({
      status: z.int(),
      headers: z.record(z.string(), z.union([text, z.array(text)])).default({}),
      body: z.union([z.string(), written]).default(""),
    }),
  }),
);
export type Rules = z.output<typeof rulesSchema>;

export interface Seen {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  readonly status: number;
}

/** How it is reached, and what it saw. */
export interface RuleServer {
  /** `127.0.0.1:PORT`, with a certificate `localhost:PORT`. */
  readonly host: string;
  readonly seen: readonly Seen[];
  /** Targets of CONNECT; each is refused. */
  readonly connects: readonly string[];
  answer(rules: Rules): void;
}

export async function withServer<T>(
  tls: "self-signed" | undefined,
  work: (server: RuleServer) => Promise<T>,
): Promise<T> {
  let rules: Rules = [];
  const seen: Seen[] = [];
  const connects: string[] = [];
  const used = new Map<Rules[number], number>();
  const handle = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.once("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      const { pathname } = new URL(request.url ?? "/", "http://server");
      const method = request.method ?? "";
      const rule = rules.find((one) => fits(one, { method, path: pathname, headers: request.headers, body }, used));
      if (rule) used.set(rule, (used.get(rule) ?? 0) + 1);
      const { status, headers, body: text } = rule?.answer ?? { status: 404, headers: {}, body: "" };
      seen.push({ method, path: pathname, headers: request.headers, body, status });
      response.writeHead(status, headers).end(method === "HEAD" ? undefined : text);
    });
  };
  const server = tls === undefined ? http.createServer(handle) : https.createServer(selfSigned(), handle);
  server.on("connect", ({ url = "" }, socket) => {
    connects.push(url);
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const host = `${tls === undefined ? "127.0.0.1" : "localhost"}:${address.port}`;
  try {
    return await work({ host, seen, connects, answer: (given) => void (rules = given) });
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
}

function fits(rule: Rules[number], request: Omit<Seen, "status">, used: ReadonlyMap<Rules[number], number>): boolean {
  const { path: wanted, method, headers = {}, body, times } = rule;
  return (
    (wanted === "*" || wanted === request.path) &&
    (method === undefined || method === request.method) &&
    Object.entries(headers).every(([name, value]) => request.headers[name] === value) &&
    (body === undefined || request.body.includes(body)) &&
    (times === undefined || (used.get(rule) ?? 0) < times)
  );
}

function selfSigned(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(path.join(tmpdir(), "case-tls-"));
  try {
    const [key, cert] = [path.join(folder, "key"), path.join(folder, "cert")];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    execFileSync("openssl", [...made, "-keyout", key, "-out", cert, ...subject], { stdio: "ignore" });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
