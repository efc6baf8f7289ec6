/** The way to a service, with a bandwidth of its own in each direction, whatever number of connections share it. */
import { createServer, connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export interface Link {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Port of whoever is at its other end. */
  to: number;
  /** Bytes that have gone to it and come back since the start. */
  readonly passed: { there: number; back: number };
  readonly stop: () => Promise<void>;
}

/** Shorter waits are not worth a timer; what is ahead by less is caught up with later. */
const LEAST_WAIT_MS = 4;

export async function makeLink(to: number, bytesPerSecond: number): Promise<Link> {
  const ways = { there: new Pace(bytesPerSecond), back: new Pace(bytesPerSecond) };
  const passed = { there: 0, back: 0 };
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: link.to, host: "127.0.0.1", allowHalfOpen: true });
    const carry = async (way: "there" | "back", from: Socket, into: Socket): Promise<void> => {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        await ways[way].take(chunk.length);
        passed[way] += chunk.length;
        if (!into.write(chunk)) await new Promise((resolve) => into.once("drain", resolve).once("close", resolve));
      }
      into.end();
    };
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("close", () => sockets.delete(socket));
    }
    // An end that breaks breaks the other: both parties see what they would see without us.
    carry("there", near, far).catch(() => far.destroy());
    carry("back", far, near).catch(() => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the link listens on no port");
  const link: Link = {
    ...{ url: `http://127.0.0.1:${address.port}`, to, passed },
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return link;
}

/** Lets so many bytes a second pass, and no more after a pause: what was not used is lost, as on a wire. */
class Pace {
  private freeAt = 0;

  constructor(private readonly bytesPerSecond: number) {}

  async take(bytes: number): Promise<void> {
    const now = performance.now();
    this.freeAt = Math.max(this.freeAt, now) + (bytes / this.bytesPerSecond) * 1000;
    if (this.freeAt - now > LEAST_WAIT_MS) await pause(this.freeAt - now);
  }
}
