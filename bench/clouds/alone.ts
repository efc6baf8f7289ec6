/** The same bytes alone: as many over each link, all at once, to somebody who throws them away. */
import { createServer, request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Link } from "./link";

const CHUNK = Buffer.alloc(64 * 1024);

/** @param loads bytes by link @returns seconds until the last of them, each by its name */
export async function sendAlone<Name extends string>(
  links: Readonly<Record<Name, Link>>,
  loads: Readonly<Record<Name, number>>,
): Promise<Record<Name, number>> {
  const sink = createServer((incoming, response) => {
    incoming.on("end", () => response.writeHead(204).end()).resume();
  });
  await new Promise<void>((resolve) => sink.listen(0, "127.0.0.1", resolve));
  const address = sink.address();
  if (address === null || typeof address === "string") throw new Error("the sink listens on no port");
  const began = performance.now();
  const took = Object.entries<number>(loads).map(async ([name, bytes]) => {
    const link = links[name as Name];
    link.to = address.port;
    await put(link.url, bytes);
    return [name, (performance.now() - began) / 1000] as const;
  });
  const seconds = Object.fromEntries(await Promise.all(took)) as Record<Name, number>;
  sink.closeAllConnections();
  await new Promise((resolve) => sink.close(resolve));
  return seconds;
}

async function put(url: string, bytes: number): Promise<void> {
  const sending = request(url, { method: "PUT", headers: { "content-length": bytes } });
  const answered = new Promise<void>((resolve, reject) => {
    sending.on("response", (response) => response.on("end", resolve).resume()).on("error", reject);
  });
  await pipeline(Readable.from(chunks(bytes)), sending);
  await answered;
}

function* chunks(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= CHUNK.length) yield CHUNK.subarray(0, Math.min(left, CHUNK.length));
}
