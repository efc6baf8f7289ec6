import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** One PUT that the store saw. */
interface SeenPut {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
}

/**
 * What the store does with the next request: an HTTP status, "cut" for a connection that breaks, "hang" for silence,
 * "slow" for an answer that comes late; or a status that is waited for.
 */
export type Behaviour = number | "cut" | "hang" | "slow" | Promise<number>;

const SLOW_MS = 1500;

/** An object store as far as the agent sees it: takes PUTs and checks length and Content-MD5 as S3 does. */
export class TestStore {
  readonly objects = new Map<string, Buffer>();
  readonly puts: SeenPut[] = [];
  /** One for each coming request; when it is empty all is well. */
  readonly next: Behaviour[] = [];

  private constructor(readonly url: string) {}

  static async start(port = 0): Promise<TestStore> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const store = new TestStore(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const handle = (waits: boolean) => (request: IncomingMessage, response: ServerResponse) =>
      void store.handle(request, response, waits);
    server.on("request", handle(false));
    server.on("checkContinue", handle(true));
    onTestFinished(
      () =>
        new Promise((resolve) => {
          server.closeAllConnections();
          server.close(() => resolve());
        }),
    );
    return store;
  }

  private async handle(request: IncomingMessage, response: ServerResponse, waits: boolean): Promise<void> {
    const path = new URL(request.url ?? "/", "http://store").pathname.slice(1);
    this.puts.push({ path, headers: request.headers });
    const next = this.next.shift();
    const behaviour = next instanceof Promise ? await next : next;
    if (typeof behaviour === "number") {
      // S3 quotes the request in its errors: here with the whole query, to see that it goes nowhere.
      const text = `<Error><Code>TestCode</Code><Message>no: ${request.url ?? ""}</Message><Query>${request.url ?? ""}</Query></Error>`;
      response.writeHead(behaviour, { connection: "close" }).end(text.replaceAll("&", "&amp;"));
      return;
    }
    if (behaviour === "hang") return;
    if (waits) response.writeContinue();
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (behaviour === "cut") request.socket.destroy();
    });
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const md5 = createHash("md5").update(body).digest("base64");
      const good = request.headers["content-md5"] === md5 && request.headers["content-length"] === String(body.length);
      if (good) this.objects.set(path, body);
      setTimeout(() => response.writeHead(good ? 200 : 400).end(), behaviour === "slow" ? SLOW_MS : 0);
    });
    request.on("error", () => undefined);
  }
}
