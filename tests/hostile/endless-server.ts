/** A server on loopback whose answers have no end. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface EndlessServer {
  readonly url: string;
  /** Of all answers, so far. */
  readonly sentBytes: number;
  close(): void;
}

export interface Endless {
  /** @default 200 */
  readonly status?: number;
  /** @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent again and again, as fast as it is taken. @default 64 KiB of blanks, which JSON may have anywhere */
  readonly chunk?: Buffer;
  /** Between two chunks, ms. @default 0 */
  readonly pauseMs?: number;
}

export async function serveEndlessly({
  status = 200,
  headers = {},
  chunk = Buffer.alloc(64 * 1024, " "),
  pauseMs = 0,
}: Endless = {}): Promise<EndlessServer> {
  let sentBytes = 0;
  const server = createServer((_request, response) => {
    response.writeHead(status, headers);
    const more = (): void => {
      if (response.destroyed) return;
      sentBytes += chunk.length;
      if (!response.write(chunk)) response.once("drain", more);
      else if (pauseMs > 0) setTimeout(more, pauseMs);
      else setImmediate(more);
    };
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get sentBytes() {
      return sentBytes;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
