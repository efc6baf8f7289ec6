/** Starts the stand-in: IBM Cloud's services on one port of loopback. What Cloud Object Storage has is a real S3 server's. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Answer, ApiCall } from "./call";
import { catalog } from "./catalog";
import { bucketsIn, type Buckets } from "./disk";
import { Faults } from "./faults";
import { images } from "./images";
import { instances } from "./instances";
import { Machines, type MachineOptions } from "./machines";
import { network } from "./network";
import { giveToken, policies, resourceGroups, tagging } from "./other-services";
import { Refusal } from "./refusal";
import { World, type WorldOptions } from "./world";

export interface IbmCloudOptions extends WorldOptions {
  /** Where the S3 server keeps its buckets, and which location they count as. @default there is no bucket */
  readonly cos?: { readonly folder: string; readonly location: string };
  /** What is behind instances. @default nothing: they have states only */
  readonly machines?: MachineOptions;
}

export interface IbmCloud {
  readonly world: World;
  readonly faults: Faults;
  /** Of instances, where there are some. */
  readonly machines: Machines | undefined;
  /** `http://127.0.0.1:PORT`, for every service. */
  readonly url: string;
  /** What was asked, `METHOD /SERVICE/PATH`, in order. */
  readonly asked: string[];
  /** What sends the clients of a program there. */
  readonly environment: Readonly<Record<string, string>>;
  /** @throws Error of every machine that ended before its instance did */
  stop(): Promise<void>;
}

export async function startIbmCloud({ cos, machines: behind, ...options }: IbmCloudOptions = {}): Promise<IbmCloud> {
  const world = new World({ ...options, ...(behind && { addressBlock: behind.addressBlock }) });
  const machines = behind && new Machines(world, behind);
  world.behind = machines;
  const faults = new Faults();
  const asked: string[] = [];
  const buckets: Buckets = cos === undefined ? { file: () => undefined } : bucketsIn(cos.folder, cos.location);
  const server = createServer((request, response) => {
    void serve({ world, faults, asked, buckets }, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the stand-in listens on no port");
  const url = `http://127.0.0.1:${address.port}`;
  return {
    ...{ world, faults, machines, url, asked },
    environment: ibmEnvironment(world, url),
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await machines?.stop();
    },
  };
}

/** What sends the clients of a program there. @param url of the stand-in, or of what stands before it */
export function ibmEnvironment({ apiKey }: World, url: string): Readonly<Record<string, string>> {
  return {
    IBMCLOUD_API_KEY: apiKey,
    IBMCLOUD_IAM_API_ENDPOINT: `${url}/iam`,
    IBMCLOUD_GT_API_ENDPOINT: `${url}/tagging`,
    IBMCLOUD_RESOURCE_MANAGEMENT_API_ENDPOINT: `${url}/resources`,
    IBMCLOUD_IS_NG_API_ENDPOINT: `${url}/vpc/{region}/v1`,
  };
}

interface Serving extends Pick<IbmCloud, "world" | "faults" | "asked"> {
  readonly buckets: Buckets;
}

async function serve(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { world, faults, asked } = serving;
  const url = new URL(request.url ?? "/", "http://stand-in");
  const method = request.method ?? "";
  const text = await textOf(request);
  asked.push(`${method} ${url.pathname}`);
  const fault = faults.take(method, url.pathname);
  const region = /^\/vpc\/([^/]+)/.exec(url.pathname)?.[1];
  if (fault === "cut" || (region !== undefined && world.unreachable.has(region))) {
    response.destroy();
    return;
  }
  const id = randomUUID();
  if (typeof fault === "object") {
    const refusal = new Refusal(
      fault.status,
      fault.status === 429 ? "too_many_requests" : "internal_error",
      "try again later",
    );
    write(response, { status: fault.status, body: refusal.body(id) }, id, fault.headers);
    return;
  }
  const answer = await answerOf(serving, request, url, text, id);
  if (fault === "lost") response.destroy();
  else write(response, answer, id);
}

async function answerOf(
  serving: Serving,
  request: IncomingMessage,
  url: URL,
  text: string,
  id: string,
): Promise<Answer> {
  const { world } = serving;
  const [, service = "", ...path] = url.pathname.split("/").map(decodeURIComponent);
  try {
    if (service === "iam" && path.join("/") === "identity/token")
      return giveToken({ world }, new URLSearchParams(text));
    const token = request.headers.authorization?.replace(/^Bearer /, "") ?? "";
    if (!world.tokens.has(token)) throw new Refusal(401, "not_authenticated", "The token is not valid");
    const body = text === "" ? undefined : (JSON.parse(text) as unknown);
    const call: ApiCall = { world, method: request.method ?? "", path, query: url.searchParams, body };
    return await dispatch(serving, service, call);
  } catch (error) {
    if (error instanceof Refusal) return { status: error.status, body: error.body(id) };
    return { status: 500, body: new Refusal(500, "internal_error", String(error)).body(id) };
  }
}

function dispatch({ buckets }: Serving, service: string, call: ApiCall): Promise<Answer> | Answer {
  const { path, world } = call;
  switch (service) {
    case "iam":
      if (path.join("/") === "v1/policies") return policies(call);
      break;
    case "resources":
      if (path.join("/") === "v2/resource_groups") return resourceGroups(call);
      break;
    case "tagging":
      if (path[0] === "v3" && path[1] === "tags") return tagging({ ...call, path: path.slice(1) });
      break;
    case "vpc": {
      const [region = "", , ...rest] = path;
      if (!world.regions.includes(region)) throw new Refusal(404, "not_found", "no such region");
      checkVersion(call.query);
      const its = { ...call, path: rest };
      if (rest[0] === "images") return images(its, region, buckets);
      const answer = catalog(its, region) ?? network(its, region) ?? instances(its, region);
      if (answer !== undefined) return answer;
    }
  }
  throw new Refusal(404, "not_found", "there is no such path");
}

function checkVersion(query: URLSearchParams): void {
  const version = query.get("version") ?? "";
  if (!/^\d{4}-\d{2}-\d{2}$/.test(version) || Date.parse(version) > Date.now()) {
    throw new Refusal(400, "invalid_value", "version must be a date up to today", "version");
  }
  if (query.get("generation") !== "2") throw new Refusal(400, "invalid_value", "generation must be 2", "generation");
}

function write(response: ServerResponse, { status, body }: Answer, id: string, headers: object = {}): void {
  response.writeHead(status, { "content-type": "application/json", "x-request-id": id, ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString();
}
