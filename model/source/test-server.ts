/** An http server on loopback whose answers a test sets, and that remembers what it was asked. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export class TestServer {
  handle: (request: IncomingMessage, response: ServerResponse) => unknown = () => undefined;
  /** `METHOD URL AUTHORIZATION` of each request. */
  readonly seen: string[] = [];
  private readonly server = createServer((request, response) => {
    this.seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? "-"}`);
    this.handle(request, response);
  });

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
  }

  reset(): void {
    this.seen.length = 0;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}
