/** An HTTP server that answers as told: for what a real cloud can't be made to say. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Wait } from "../../../../../provider/wait";
import type { Access } from "../access";

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly token: string | undefined;
  readonly body: string;
}

type Reply = (received: Received, response: ServerResponse, request: IncomingMessage) => void;

export interface FakeCloud {
  readonly url: string;
  readonly access: Access;
  /** All requests but those for tokens. */
  readonly received: Received[];
  readonly logins: () => number;
  /** Milliseconds that were waited, without waiting them. */
  readonly waited: number[];
  readonly wait: Wait;
  answer(reply: Reply): void;
  /** Called when the first bytes of a PUT are there. */
  onUpload(begun: () => void): void;
  close(): Promise<void>;
}

/**
 * @param tokenSeconds how long each token lives
 * @param more types of services, beside those that it always has
 */
export async function fakeCloud(tokenSeconds = 3600, more: readonly string[] = []): Promise<FakeCloud> {
  let reply: Reply = (_received, response) => response.end("{}");
  let begun = (): void => undefined;
  let logins = 0;
  const received: Received[] = [];
  const waited: number[] = [];
  const server = createServer((request, response) => {
    if (request.method === "PUT") request.once("data", () => begun());
    void read(request).then((body) => {
      const { method = "", url: path = "", headers } = request;
      if (path === "/v3/auth/tokens") {
        logins += 1;
        response.writeHead(201, { "x-subject-token": `token-${logins}` });
        response.end(JSON.stringify(token(url, tokenSeconds, more)));
        return;
      }
      const token_ = headers["x-auth-token"];
      const one = { method, path, body, token: typeof token_ === "string" ? token_ : undefined };
      received.push(one);
      reply(one, response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    access: {
      ...{ cloud: "fake", from: "clouds.yaml", authUrl: `${url}/v3`, face: "public", tls: { verify: true }, files: {} },
      proof: { method: "password", user: { id: "u" }, password: "secret-word" },
      project: { id: "p" },
    },
    received,
    logins: () => logins,
    waited,
    wait: {
      now: Date.now,
      sleep: (ms) => {
        waited.push(ms);
        return Promise.resolve();
      },
    },
    answer: (next) => (reply = next),
    onUpload: (next) => (begun = next),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    // Cut off in the middle.
  }
  return Buffer.concat(chunks).toString("latin1");
}

function token(url: string, seconds: number, more: readonly string[]): object {
  const endpoint = (region: string, face = "public") => ({
    interface: face,
    region_id: region,
    region,
    url: `${url}/${region}/`,
  });
  return {
    token: {
      expires_at: new Date(Date.now() + seconds * 1000).toISOString(),
      user: { id: "u", name: "builder" },
      project: { id: "p", name: "farm" },
      roles: [{ name: "member" }],
      catalog: [
        { type: "image", endpoints: [endpoint("here")] },
        { type: "compute", endpoints: [endpoint("here"), endpoint("there"), endpoint("here", "internal")] },
        { type: "volumev3", endpoints: [endpoint("here")] },
        ...more.map((type) => ({ type, endpoints: [endpoint("here")] })),
      ],
    },
  };
}
