/** A loopback proxy in front of an HTTP service: passes everything on as it is, and tells of what changes something. */
import { once } from "node:events";
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Call, Wire } from "./wire";

/** What a request is; undefined for one that only reads. */
export type Describe = (request: IncomingMessage, body: Buffer) => Call | undefined;

export interface HttpTap {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startHttpTap(target: string, wire: Wire, describe: Describe): Promise<HttpTap> {
  const server: Server = createServer((asked, answer) => {
    pass(target, wire, describe, asked, answer).catch((error: unknown) => {
      // The caller sees a broken connection, as with any server that is gone.
      answer.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.keepAliveTimeout = 1000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function pass(
  target: string,
  wire: Wire,
  describe: Describe,
  asked: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  const body = await read(asked);
  const { hostname, port } = new URL(target);
  // The host stays as the caller signed it.
  const headers = asked.rawHeaders.filter((_, index, all) => !/^(expect|connection)$/i.test(all[index & ~1] ?? ""));
  const call = describe(asked, body);
  if (call !== undefined) await wire.pass(call, "asked");
  const onward = request({ hostname, port, method: asked.method, path: asked.url, headers, agent: false });
  onward.end(body);
  const [answered] = (await once(onward, "response")) as [IncomingMessage];
  const text = await read(answered);
  if (call !== undefined && (answered.statusCode ?? 500) < 300) await wire.pass(call, "answered");
  answer.writeHead(answered.statusCode ?? 502, answered.rawHeaders);
  answer.end(text);
}

async function read(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Calls of the S3 protocol, by method and folder. */
export const storeCall: Describe = ({ method = "", url = "" }) => {
  if (method === "GET" || method === "HEAD") return undefined;
  const { pathname } = new URL(url, "http://store");
  const [, , folder = "", ...rest] = decodeURIComponent(pathname).split("/");
  const ending = /\.[a-z.]+$/.exec(rest.at(-1) ?? "")?.[0] ?? "";
  return { service: "store", name: `${method} ${folder}/*${ending}` };
};

const READS = /^(Describe|Get|List|Simulate|Search|Assume|Lookup)/;
/** Source: the EBS direct API's reference, "Actions". */
const EBS: readonly (readonly [string, RegExp, string])[] = [
  ["POST", /^\/snapshots\/?$/, "StartSnapshot"],
  ["PUT", /^\/snapshots\/[^/]+\/blocks\/\d+$/, "PutSnapshotBlock"],
  ["POST", /^\/snapshots\/completion\/[^/]+$/, "CompleteSnapshot"],
];

/** Calls of AWS, by action and, where one action is for many kinds, the kind of its first thing. */
export const awsCall: Describe = ({ method = "", url = "" }, body) => {
  const { pathname } = new URL(url, "http://aws");
  const ebs = EBS.find(([verb, path]) => verb === method && path.test(pathname))?.[2];
  if (ebs !== undefined) return { service: "aws", name: ebs };
  const form = new URLSearchParams(body.toString("utf8"));
  const action = form.get("Action");
  if (action === null || READS.test(action) || form.get("DryRun") === "true") return undefined;
  const kind = /^([a-z]+)-/.exec(form.get("ResourceId.1") ?? "")?.[1];
  return { service: "aws", name: kind === undefined ? action : `${action} ${kind}` };
};

/** Calls of an OpenStack's services, by method and kind of thing. */
export const openstackCall: Describe = ({ method = "", url = "" }) => {
  if (method === "GET") return undefined;
  const [, , kind = "", , of] = new URL(url, "http://openstack").pathname.split("/");
  return { service: "openstack", name: `${method} ${of === undefined ? kind : `${kind}/${of}`}` };
};

/** Calls of IBM Cloud, by method and kind of thing. */
export const ibmCall: Describe = ({ method = "", url = "" }) => {
  const [, service, ...path] = new URL(url, "http://ibm").pathname.split("/");
  if (method === "GET" || service === "iam") return undefined;
  if (service !== "vpc") return { service: "ibm", name: `${method} ${path.slice(1).join("/")}` };
  const [kind = "", , of] = path.slice(2);
  return { service: "ibm", name: `${method} ${of === undefined ? kind : `${kind}/${of}`}` };
};
