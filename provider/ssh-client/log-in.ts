/** The one way in over ssh, for whoever waits for a machine, asks it beforehand or feeds it: by itself, or through a jump host. */
import { createConnection } from "node:net";
import type { Client } from "ssh2";
import { hopName, type Endpoint, type Hop } from "./endpoint";
import { BOUNDS, enterHop, readHopKeys, type Bounds, type OpenSocket, type Refusal } from "./hop";

export interface LoggedIn {
  readonly state: "ready";
  /** Logged in at the machine itself. It ends with `close` when either connection does. */
  readonly client: Client;
  /** Ends the connection, and that to the jump host. */
  end(): void;
}

/** Rejects only with the reason of `stop`, and for keys that can't be read. Whoever is let in ends it. */
export async function logIn(
  endpoint: Endpoint,
  stop: AbortSignal,
  bounds: Bounds = BOUNDS,
): Promise<LoggedIn | Refusal> {
  const { proxy } = endpoint;
  const keys = await readHopKeys(endpoint, "connection");
  const at = { hop: endpoint, keys, bounds, stop };
  if (proxy === undefined) {
    const entered = await enterHop({ ...at, open: directly(endpoint), late: nobody(bounds.connectMs) });
    return entered.state === "ready" ? { ...entered, end: () => entered.client.destroy() } : entered;
  }
  const jump = await enterHop({
    ...{ hop: proxy, keys: await readHopKeys(proxy, "connection.proxy"), bounds, stop },
    ...{ open: directly(proxy), late: nobody(bounds.connectMs) },
  });
  const name = `the jump host ${hopName(proxy)}`;
  if (jump.state !== "ready") return { ...jump, why: `${name}: ${jump.why}`, atJumpHost: true };
  const why = `${name} reached nothing at ${endpoint.host}:${endpoint.port} within ${bounds.forwardMs / 1000} s`;
  const late = { ms: bounds.forwardMs, refusal: { state: "no route", why } as const };
  try {
    const entered = await enterHop({ ...at, open: through(jump.client, endpoint, name), late });
    if (entered.state === "ready") {
      const { client } = entered;
      const end = (): void => {
        client.destroy();
        jump.client.destroy();
      };
      return { state: "ready", client, end };
    }
    jump.client.destroy();
    return entered;
  } catch (error) {
    jump.client.destroy();
    throw error;
  }
}

function nobody(ms: number) {
  return { ms, refusal: { state: "no route", why: `nothing answered within ${ms / 1000} s` } as const };
}

function directly({ host, port }: Hop): OpenSocket {
  return ({ open, fail }) => {
    const socket = createConnection({ host, port });
    socket.on("error", (error: NodeJS.ErrnoException) => fail(ofNetwork(error)));
    socket.once("connect", () => open(socket));
    return socket;
  };
}

function ofNetwork({ code, message }: NodeJS.ErrnoException): Refusal {
  if (code === "ECONNREFUSED") return { state: "refused", why: "nothing listens there" };
  if (code === "EHOSTUNREACH" || code === "ENETUNREACH" || code === "ETIMEDOUT" || code === "ENOTFOUND") {
    return { state: "no route", why: message };
  }
  return { state: "broke", why: message };
}

/** Source: RFC 4254, 5.1. */
const PROHIBITED = 1;
const CONNECT_FAILED = 2;

/** The name is resolved by the jump host: here it may mean nothing, or another machine. */
function through(jump: Client, { host, port }: Hop, name: string): OpenSocket {
  return ({ open, fail }) => {
    const onEnd = (): void => fail({ state: "broke", why: `${name} closed the connection`, atJumpHost: true });
    jump.once("close", onEnd);
    try {
      jump.forwardOut("127.0.0.1", 0, host, port, (error, channel) => {
        if (error === undefined) open(channel);
        else fail(ofForwarding(error, name, `${host}:${port}`));
      });
    } catch {
      // It has ended between its login and this.
      queueMicrotask(onEnd);
    }
    return { destroy: () => jump.removeListener("close", onEnd) };
  };
}

function ofForwarding(error: Error & { readonly reason?: unknown }, name: string, where: string): Refusal {
  const { reason } = error;
  // Its own words: `(SSH) Channel open failure: Connection refused`.
  const said = error.message.replace(/^\(SSH\) Channel open failure: ?/, "") || "it does not say why";
  if (reason === PROHIBITED) {
    return { state: "forbidden", why: `${name} forwards nothing to ${where}: ${said}`, atJumpHost: true };
  }
  if (reason !== CONNECT_FAILED)
    return { state: "broke", why: `${name} can't forward to ${where}: ${said}`, atJumpHost: true };
  const state = /refused/i.test(said) ? "refused" : "no route";
  return { state, why: `${name} can't reach ${where}: ${said}` };
}
