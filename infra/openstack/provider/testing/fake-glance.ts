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
  /** By image. */
  readonly members: Map<string, Set<string>>;
  /** Ids that were given once. */
  readonly used: Set<string>;
  /** `POST /v2/images`, of the requests that were answered or cut. */
  readonly seen: string[];
  /** Asked first, of every request. */
  fault: Fault;
  /** Of all that was put last. */
  body: string;
  /** Answers every list with all that it has: it knows no filter. */
  blind: boolean;
}

const HASH = "sha512";

export async function fakeGlance(): Promise<FakeGlance> {
  const cloud = await fakeCloud(3600, ["network"]);
  const glance: FakeGlance = {
    ...{
      cloud,
      images: new Map<string, Image>(),
      members: new Map<string, Set<string>>(),
      used: new Set<string>(),
      seen: [],
      body: "",
      blind: false,
    },
    fault: () => false,
  };
  cloud.answer((received, response) => {
    const { pathname, searchParams } = new URL(received.path.replace("/here", ""), "http://fake");
    const asked = { ...received, path: pathname };
    glance.seen.push(`${received.method} ${pathname}`);
    if (!glance.fault(asked, response)) reply(glance, asked, response, [...searchParams]);
  });
  return glance;
}

/** @param having what a list was asked for */
function reply(
  glance: FakeGlance,
  { method, path, body }: Received,
  response: ServerResponse,
  having: readonly (readonly [string, string])[],
): void {
  const answer = (status: number, json: unknown = {}): void =>
    void response
      .writeHead(status, { "content-type": "application/json" })
      .end(status === 204 ? "" : JSON.stringify(json));
  const [, id = "", rest = ""] = /^\/v2\/images\/([^/]+)(.*)$/.exec(path) ?? [];
  const image = glance.images.get(id);
  if (path === "/") answer(300, { versions: [{ id: "v2.15", status: "CURRENT" }] });
  else if (path === "/v2/images" && method === "GET") answer(200, { images: listed(glance, having) });
  else if (path === "/v2/images") make(glance, JSON.parse(body) as Image, answer);
  else if (image === undefined) answer(404, { message: "no image found" });
  else if (rest === "/file" && image["status"] !== "queued") answer(409, { message: "status transition not allowed" });
  else if (rest === "/file") {
    fill(glance, image, body);
    response.writeHead(204).end();
  } else if (rest.startsWith("/members"))
    members(glance, id, { method, member: rest.slice("/members/".length), body }, answer);
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

function listed({ images, blind }: FakeGlance, having: readonly (readonly [string, string])[]): Image[] {
  const wanted = blind ? [] : having.filter(([name]) => name !== "limit");
  return [...images.values()].filter((image) => wanted.every(([name, value]) => image[name] === value));
}

function members(
  glance: FakeGlance,
  id: string,
  { method, member, body }: { readonly method: string; readonly member: string; readonly body: string },
  answer: (status: number, json?: unknown) => void,
): void {
  const known = glance.members.get(id) ?? new Set<string>();
  glance.members.set(id, known);
  if (glance.images.get(id)?.["visibility"] !== "shared") answer(403, { message: "Only shared images have members." });
  else if (method === "GET") answer(200, { members: [...known].map((one) => ({ member_id: one, status: "pending" })) });
  else if (method === "DELETE") answer(known.delete(member) ? 204 : 404);
  else {
    known.add((JSON.parse(body) as { member: string }).member);
    answer(200);
  }
}

function make(glance: FakeGlance, image: Image, answer: (status: number, json?: unknown) => void): void {
  const id = String(image["id"]);
  if (glance.used.has(id)) {
    answer(409, { message: "Image ID already exists!" });
    return;
  }
  glance.used.add(id);
  glance.images.set(id, { protected: false, owner: "p", ...image, status: "queued" });
  answer(201, glance.images.get(id));
}

/** What Glance does with bytes that are all there. */
export function fill(glance: FakeGlance, image: Image, body: string): void {
  glance.body = body;
  const sum = createHash(HASH).update(Buffer.from(body, "latin1")).digest("hex");
  Object.assign(image, { status: "active", size: body.length, os_hash_algo: HASH, os_hash_value: sum });
}
