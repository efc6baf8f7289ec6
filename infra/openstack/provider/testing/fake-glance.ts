/** Glance as far as an image's life goes, and made to do what a real one can't be made to: lose answers, hang, sum wrongly. */
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { fakeCloud, type FakeCloud, type Received } from "../cloud/testing/fake-cloud";

type Image = Record<string, unknown>;
/** Does something else with a request, and says so. */
type Fault = (received: Received, response: ServerResponse) => boolean;

export interface FakeGlance {
  readonly cloud: FakeCloud;
  readonly images: Map<string, Image>;
  /** Ids that were given once. */
  readonly used: Set<string>;
  /** `POST /v2/images`, of the requests that were answered or cut. */
  readonly seen: string[];
  /** Asked first, of every request. */
  fault: Fault;
  /** Of all that was put last. */
  body: string;
}

const HASH = "sha512";

export async function fakeGlance(): Promise<FakeGlance> {
  const cloud = await fakeCloud();
  const glance: FakeGlance = {
    ...{ cloud, images: new Map<string, Image>(), used: new Set<string>(), seen: [], body: "" },
    fault: () => false,
  };
  cloud.answer((received, response) => {
    const path = received.path.replace("/here", "").split("?")[0] ?? "";
    glance.seen.push(`${received.method} ${path}`);
    if (!glance.fault({ ...received, path }, response)) reply(glance, { ...received, path }, response);
  });
  return glance;
}

export function reply(glance: FakeGlance, { method, path, body }: Received, response: ServerResponse): void {
  const answer = (status: number, json: unknown = {}): void =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
  const [, id = "", rest = ""] = /^\/v2\/images\/([^/]+)(.*)$/.exec(path) ?? [];
  const image = glance.images.get(id);
  if (path === "/") answer(300, { versions: [{ id: "v2.15", status: "CURRENT" }] });
  else if (path === "/v2/images" && method === "GET") answer(200, { images: [...glance.images.values()] });
  else if (path === "/v2/images") make(glance, JSON.parse(body) as Image, answer);
  else if (image === undefined) answer(404, { message: "no image found" });
  else if (rest === "/file" && image["status"] !== "queued") answer(409, { message: "status transition not allowed" });
  else if (rest === "/file") {
    fill(glance, image, body);
    response.writeHead(204).end();
  } else if (rest === "/members") answer(200, { members: [] });
  else if (method === "GET") answer(200, image);
  else if (method === "DELETE") {
    glance.images.delete(id);
    response.writeHead(204).end();
  } else {
    for (const { op, path: at, value } of JSON.parse(body) as { op: string; path: string; value?: unknown }[]) {
      if (op === "remove") image[at.slice(1)] = undefined;
      else image[at.slice(1)] = value;
    }
    answer(200, image);
  }
}

function make(glance: FakeGlance, image: Image, answer: (status: number, json?: unknown) => void): void {
  const id = String(image["id"]);
  if (glance.used.has(id)) {
    answer(409, { message: "Image ID already exists!" });
    return;
  }
  glance.used.add(id);
  glance.images.set(id, { protected: false, ...image, status: "queued" });
  answer(201, glance.images.get(id));
}

/** What Glance does with bytes that are all there. */
export function fill(glance: FakeGlance, image: Image, body: string): void {
  glance.body = body;
  const sum = createHash(HASH).update(Buffer.from(body, "latin1")).digest("hex");
  Object.assign(image, { status: "active", size: body.length, os_hash_algo: HASH, os_hash_value: sum });
}
