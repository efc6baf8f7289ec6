/** Whether preflight leaves a bucket as it was, on a server that answers in its own order and has its own idea of conditions. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import * as z from "zod";
import { storeFindings } from "../../../components/store-check";
import type { Finding } from "../../../infra/platform";
import type { Run } from "../case";
import { messageProblems, messageSchema, setProblems } from "../messages";

const ifMatch = z.enum(["ignored", "501", "412"]);
const order = z.array(z.string());
const serverSchema = z.strictObject({ ifMatch, order: order.exactOptional() });
const expectedSchema = z.strictObject({
  times: z.int().default(1),
  left: z.array(z.string()).default([]),
  findings: z.array(messageSchema).default([]),
  findingsToo: z.array(messageSchema).default([]),
  ifMatch: ifMatch.exactOptional(),
  order: order.exactOptional(),
});

/** Requests that come within so long of each other are there together. */
const TOGETHER_MS = 100;

export async function store(run: Run): Promise<string[]> {
  const { times, left, findings, findingsToo, ...changes } = run.expected(expectedSchema);
  const server = await startServer({ ...run.json("server.json", serverSchema), ...changes });
  try {
    const file = path.join(run.folder, "credentials");
    writeFileSync(file, "[case]\naws_access_key_id = example\naws_secret_access_key = example\n");
    const at = { bucket: "case", region: "us-east-1", endpoint: server.url, credentials: { file, profile: "case" } };
    const came: string[][] = [];
    for (let time = 0; time < times; time++)
      came.push((await storeFindings({ store: at, stack: "devel" })).map(text).sort());
    const [first = []] = came;
    return [
      ...setProblems("left", [...server.objects.keys()], left),
      ...came.flatMap((other) => setProblems("the same findings each time", other, first)),
      ...findingProblems(first, findings, findingsToo),
    ];
  } finally {
    await server.stop();
  }
}

const text = ({ path: at, problem, remedy }: Finding): string => `${at}: ${problem}; ${remedy}`;

function findingProblems(
  came: readonly string[],
  wanted: readonly z.output<typeof messageSchema>[],
  too: readonly z.output<typeof messageSchema>[],
): string[] {
  const all = came.length === 0 || wanted.length > 0 ? wanted : too;
  if (came.length === 0) return wanted.map((one) => `wanted a finding with ${JSON.stringify(one)}, came none`);
  if (all.length === 0) return came.map((one) => `wanted no finding, came: ${one}`);
  return came.flatMap((one) => {
    const fits = all.map((message) => messageProblems(one, message));
    return fits.some((problems) => problems.length === 0) ? [] : (fits[0] ?? []);
  });
}

/** As much of S3 as preflight asks. */
async function startServer({ ifMatch, order = [] }: z.input<typeof serverSchema>) {
  const objects = new Map<string, string>();
  const waiting: { readonly method: string; answer(): void }[] = [];
  const place = (method: string): number => (order.includes(method) ? order.indexOf(method) : order.length);
  const answerAll = (): void => {
    for (const { answer } of waiting.splice(0).sort((a, b) => place(a.method) - place(b.method))) answer();
  };
  let timer: NodeJS.Timeout | undefined;
  const server = http.createServer((request, response) => {
    request.resume().once("end", () => {
      const { method = "" } = request;
      waiting.push({ method, answer: () => respond(request, response) });
      clearTimeout(timer);
      timer = setTimeout(answerAll, TOGETHER_MS);
    });
  });
  const respond = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://server");
    const error = (status: number, code: string): void => {
      response.writeHead(status, { "content-type": "application/xml" });
      response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
    };
    if (request.method === "PUT") {
      if (request.headers["if-match"] !== undefined && ifMatch === "501") return error(501, "NotImplemented");
      if (request.headers["if-match"] !== undefined && ifMatch === "412") return error(412, "PreconditionFailed");
      objects.set(pathname, "x");
      response.writeHead(200, { etag: '"1"' }).end();
    } else if (request.method === "DELETE") {
      objects.delete(pathname);
      response.writeHead(204).end();
    } else if (searchParams.has("list-type")) {
      const keys = [...objects.keys()].map((key) => key.replace("/case/", "")).sort();
      const prefix = searchParams.get("prefix") ?? "";
      const contents = keys
        .filter((key) => key.startsWith(prefix))
        .map(
          (key) =>
            `<Contents><Key>${key}</Key><Size>1</Size><LastModified>2026-11-01T00:00:00Z</LastModified></Contents>`,
        );
      response.writeHead(200, { "content-type": "application/xml" });
      response.end(`<?xml version="1.0"?><ListBucketResult>${contents.join("")}</ListBucketResult>`);
    } else {
      const found = objects.get(pathname);
      if (found === undefined) return error(404, "NoSuchKey");
      response.writeHead(200, { "content-length": found.length }).end(found);
    }
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    objects,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      clearTimeout(timer);
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
