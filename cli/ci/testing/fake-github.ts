/** The part of GitHub's REST API that keeps the comments of issues, on loopback. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface FakeComment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string; readonly type: string };
  readonly html_url: string;
}

export interface FakeGithub {
  readonly url: string;
  readonly token: string;
  /** Of pull request 7 of owner/repository. */
  readonly comments: FakeComment[];
  /** Whose token it is; nothing for that of an app. */
  machineUser?: FakeComment["user"];
  /** `METHOD PATH?QUERY`, in order. */
  readonly requests: string[];
  /** Answers of the next requests, before or after they have had their effect; an empty list is business as usual. */
  readonly faults: {
    readonly status: number;
    readonly afterwards: boolean;
    readonly method: string;
    readonly headers?: Record<string, string>;
    readonly message?: string;
    /** Instead of JSON. */
    readonly page?: string;
  }[];
  write(body: string, user: FakeComment["user"]): FakeComment;
  stop(): Promise<void>;
}

export const BOT = { login: "github-actions[bot]", type: "Bot" };
/** GitHub's limit. */
const MOST_LETTERS = 65_536;

const NOT_FOR_APPS = { status: 403, body: { message: "Resource not accessible by integration" } };

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

export async function startFakeGithub(): Promise<FakeGithub> {
  const token = "a-token-of-this-test";
  const [comments, requests, faults]: [FakeComment[], string[], FakeGithub["faults"]] = [[], [], []];
  let nextId = 1000;
  const write = (body: string, user: FakeComment["user"]): FakeComment => {
    const id = nextId++;
    const comment = { id, body, user, html_url: `https://github.com/owner/repository/pull/7#issuecomment-${id}` };
    comments.push(comment);
    return comment;
  };

  function reply(method: string, url: URL, body: string): Reply {
    const list = url.pathname === "/repos/owner/repository/issues/7/comments";
    const one = /^\/repos\/owner\/repository\/issues\/comments\/(\d+)$/.exec(url.pathname)?.[1];
    if (list && method === "GET") return page(url);
    if (url.pathname === "/user") return fake.machineUser ? { status: 200, body: fake.machineUser } : NOT_FOR_APPS;
    const text = (JSON.parse(body) as { body: string }).body;
    if (text.length > MOST_LETTERS) return { status: 422, body: { message: "body is too long" } };
    if (list && method === "POST") return { status: 201, body: write(text, fake.machineUser ?? BOT) };
    const comment = comments.find(({ id }) => String(id) === one);
    if (!comment || method !== "PATCH") return { status: 404, body: { message: "Not Found" } };
    comment.body = text;
    return { status: 200, body: comment };
  }

  function page(url: URL): Reply {
    const [size, number] = [Number(url.searchParams.get("per_page") ?? 30), Number(url.searchParams.get("page") ?? 1)];
    const shown = comments.slice((number - 1) * size, number * size);
    const next = new URL(url);
    next.searchParams.set("page", String(number + 1));
    const link =
      comments.length > number * size ? { link: `<${next.href}>; rel="next", <${url.href}>; rel="first"` } : {};
    return { status: 200, body: shown, headers: link };
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { method = "", url: path = "" } = request;
    requests.push(`${method} ${path}`);
    const fault = faults[0]?.method === method ? faults.shift() : undefined;
    const allowed = request.headers.authorization === `Bearer ${token}`;
    const failed = fault && {
      status: fault.status,
      body: { message: fault.message ?? NOT_FOR_APPS.body.message },
      ...(fault.headers ? { headers: fault.headers } : {}),
    };
    const answer = !allowed
      ? { status: 401, body: { message: "Bad credentials" } }
      : failed && !fault.afterwards
        ? failed
        : reply(method, new URL(path, `http://${request.headers.host}`), body);
    const { status, body: sent, headers }: Reply = allowed && failed ? failed : answer;
    response
      .writeHead(status, { "content-type": "application/json", ...headers })
      .end(fault?.page ?? JSON.stringify(sent));
  }

  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()));
  const fake: FakeGithub = { url, token, comments, requests, faults, write, stop };
  return fake;
}
