/** One try to log in to a machine whose host key is known, and what became of it. */
import { createHash, timingSafeEqual } from "node:crypto";
import { createConnection, type Socket } from "node:net";
import type { Client, ServerHostKeyAlgorithm } from "ssh2";

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** OpenSSH private key. Secret. */
  readonly privateKey: string;
  /** OpenSSH public key of the host, one line. */
  readonly hostKey: string;
}

/** How far it came. `why` is for people, and holds no secret. */
export type Dialled =
  | { readonly state: "ready" }
  | { readonly state: "no route" | "refused" | "silent" | "broke"; readonly why: string }
  | { readonly state: "wrong key" | "login refused"; readonly why: string };

export interface Bounds {
  /** For the connection to come about. */
  readonly connectMs: number;
  /** For the first byte of an ssh server. */
  readonly silentMs: number;
  /** For keys to be exchanged and the login to be done: an emulated machine needs seconds for each. */
  readonly loginMs: number;
}

export const BOUNDS: Bounds = { connectMs: 5_000, silentMs: 10_000, loginMs: 60_000 };

export type Dial = (endpoint: Endpoint, stop: AbortSignal) => Promise<Dialled>;

/** Rejects only with the reason of `stop`, and for keys that can't be read. */
export async function dial(endpoint: Endpoint, stop: AbortSignal, bounds: Bounds = BOUNDS): Promise<Dialled> {
  // Programs that only ask beforehand load no ssh client until then.
  const { Client, utils } = (await import("ssh2")).default;
  const key = utils.parseKey(endpoint.hostKey.trim());
  if (key instanceof Error) throw new Error("connection.hostKey is not an OpenSSH public key", { cause: key });
  // The parser's words only: the key itself must be in no error.
  const login = utils.parseKey(endpoint.privateKey);
  if (login instanceof Error) throw new Error(`connection.privateKey can't be read: ${login.message}`);
  stop.throwIfAborted();
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: endpoint.host, port: endpoint.port });
    const client = new Client();
    let timer: NodeJS.Timeout | undefined;
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      stop.removeEventListener("abort", onStop);
      client.destroy();
      socket.destroy();
      settle();
    };
    const end = (result: Dialled): void => finish(() => resolve(result));
    const within = (ms: number, late: Dialled): void => {
      clearTimeout(timer);
      timer = setTimeout(() => end(late), ms);
    };
    const onStop = (): void => finish(() => reject(stop.reason as Error));
    stop.addEventListener("abort", onStop, { once: true });

    within(bounds.connectMs, { state: "no route", why: `nothing answered within ${bounds.connectMs / 1000} s` });
    socket.on("error", (error: NodeJS.ErrnoException) => end(ofNetwork(error)));
    socket.once("connect", () => {
      const why = `it accepts connections, and said nothing for ${bounds.silentMs / 1000} s`;
      within(bounds.silentMs, { state: "silent", why });
      socket.once("data", () => {
        const late = `the login was not done within ${bounds.loginMs / 1000} s`;
        within(bounds.loginMs, { state: "broke", why: late });
      });
      logIn(client, socket, endpoint, key, end);
    });
  });
}

function logIn(
  client: Client,
  sock: Socket,
  { user, privateKey }: Endpoint,
  key: { readonly type: string; getPublicSSH(): Buffer },
  end: (result: Dialled) => void,
): void {
  const expected = key.getPublicSSH();
  let wrong: Dialled | undefined;
  client.on("ready", () => end({ state: "ready" }));
  client.on("error", (error: Error & { readonly level?: string }) => {
    if (wrong !== undefined) end(wrong);
    else if (error.level === "client-authentication") {
      end({ state: "login refused", why: `${user} may not log in with the key that was made for this machine` });
    } else end({ state: "broke", why: error.message });
  });
  client.on("close", () => end(wrong ?? { state: "broke", why: "it closed the connection" }));
  client.connect({
    sock,
    username: user,
    privateKey,
    // The bounds are ours.
    readyTimeout: 0,
    hostVerifier: (shown: Buffer) => {
      if (shown.length === expected.length && timingSafeEqual(shown, expected)) return true;
      const why = `its host key is ${fingerprint(shown)}, and must be ${fingerprint(expected)}: another machine answers`;
      wrong = { state: "wrong key", why };
      return false;
    },
    // The key that is expected is the one to be shown, where a host has several.
    algorithms: { serverHostKey: { prepend: [hostKeyAlgorithm(key.type)], append: [], remove: [] } },
  });
}

function ofNetwork({ code, message }: NodeJS.ErrnoException): Dialled {
  if (code === "ECONNREFUSED") return { state: "refused", why: "nothing listens there" };
  if (code === "EHOSTUNREACH" || code === "ENETUNREACH" || code === "ETIMEDOUT" || code === "ENOTFOUND") {
    return { state: "no route", why: message };
  }
  return { state: "broke", why: message };
}

/** As OpenSSH prints it. */
function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** ssh2 has the names of its own algorithms as a type; one that it doesn't have, it refuses itself. */
function hostKeyAlgorithm(type: string): ServerHostKeyAlgorithm {
  return type as ServerHostKeyAlgorithm;
}
