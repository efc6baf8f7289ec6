/** One login at one server, over a connection that somebody else opens, and what became of it. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { Duplex } from "node:stream";
import type { Client, ConnectConfig, ParsedKey, ServerHostKeyAlgorithm } from "ssh2";
import { agentSocket } from "./agent";
import type { Hop } from "./endpoint";

/** How far it came. `why` is for people, and holds no secret. */
export interface Refusal {
  readonly state: "no route" | "refused" | "silent" | "broke" | "wrong key" | "login refused" | "forbidden";
  readonly why: string;
  /** It is the jump host that lets nobody through. @default it is the machine itself */
  readonly atJumpHost?: true;
}

export interface Bounds {
  /** For the connection to come about. */
  readonly connectMs: number;
  /** For a jump host to connect to the machine, and to resolve its name before. */
  readonly forwardMs: number;
  /** For the first byte of an ssh server. */
  readonly silentMs: number;
  /** For keys to be exchanged and the login to be done: an emulated machine needs seconds for each. */
  readonly loginMs: number;
}

export const BOUNDS: Bounds = { connectMs: 5_000, forwardMs: 15_000, silentMs: 10_000, loginMs: 60_000 };

/** A server that vanished is noticed after a minute of silence. */
const KEEPALIVE = { keepaliveInterval: 15_000, keepaliveCountMax: 4 };

export type Entered = { readonly state: "ready"; readonly client: Client } | Refusal;

/** Opens a connection, and says later what came of it, never at once. It is closed by destroying what this returns. */
export type OpenSocket = (on: {
  readonly open: (socket: Duplex) => void;
  readonly fail: (refusal: Refusal) => void;
}) => { destroy(): unknown };

export interface HopKeys {
  readonly host: ParsedKey;
}

/** A key that can't be read: no other try reads it. Says nothing of what is in it. */
export class UnreadableKey extends Error {}

/** Keys are read before anything is dialled. @param of `connection`, for people. @throws UnreadableKey */
export async function readHopKeys({ hostKey, privateKey }: Hop, of: string): Promise<HopKeys> {
  // Programs that only ask beforehand load no ssh client until then.
  const { utils } = (await import("ssh2")).default;
  const host = utils.parseKey(hostKey.trim());
  if (host instanceof Error) throw new UnreadableKey(`${of}.hostKey is not an OpenSSH public key`, { cause: host });
  if (privateKey === undefined) return { host };
  // The parser's words only: the key itself must be in no error.
  const login = utils.parseKey(privateKey);
  if (login instanceof Error) throw new UnreadableKey(`${of}.privateKey can't be read: ${login.message}`);
  return { host };
}

export interface Entering {
  readonly hop: Hop;
  readonly keys: HopKeys;
  readonly open: OpenSocket;
  /** What to say if the connection does not come about in time. */
  readonly late: { readonly ms: number; readonly refusal: Refusal };
  readonly bounds: Pick<Bounds, "silentMs" | "loginMs">;
  readonly stop: AbortSignal;
}

/** Rejects only with the reason of `stop`. Whoever gets a client ends it. */
export async function enterHop({ hop, keys, open, late, bounds, stop }: Entering): Promise<Entered> {
  const { Client } = (await import("ssh2")).default;
  stop.throwIfAborted();
  return new Promise((resolve, reject) => {
    const client = new Client();
    let isSettled = false;
    let timer: NodeJS.Timeout | undefined;
    const settle = (how: () => void): boolean => {
      if (isSettled) return false;
      isSettled = true;
      clearTimeout(timer);
      stop.removeEventListener("abort", onStop);
      how();
      return true;
    };
    const close = (): void => {
      client.destroy();
      opening.destroy();
    };
    const end = (result: Refusal): void => {
      if (settle(() => resolve(result))) close();
    };
    const onStop = (): void => {
      if (settle(() => reject(stop.reason as Error))) close();
    };
    const within = (ms: number, result: Refusal): void => {
      clearTimeout(timer);
      if (!isSettled) timer = setTimeout(() => end(result), ms);
    };
    stop.addEventListener("abort", onStop, { once: true });
    within(late.ms, late.refusal);
    const opening = open({
      fail: end,
      open: (socket) => {
        if (isSettled) {
          socket.destroy();
          return;
        }
        const silent = `it accepts connections, and said nothing for ${bounds.silentMs / 1000} s`;
        within(bounds.silentMs, { state: "silent", why: silent });
        socket.once("data", () => {
          const slow = `the login was not done within ${bounds.loginMs / 1000} s`;
          within(bounds.loginMs, { state: "broke", why: slow });
        });
        client.on("ready", () => settle(() => resolve({ state: "ready", client })));
        logIn(client, socket, hop, keys.host, end);
      },
    });
  });
}

function logIn(client: Client, sock: Duplex, hop: Hop, key: ParsedKey, end: (why: Refusal) => void) {
  const expected = key.getPublicSSH();
  let wrong: Refusal | undefined;
  let ofAgent = "";
  // These listeners stay: an error that nobody hears would end the process.
  client.on("error", (error: Error & { readonly level?: string }) => {
    if (wrong !== undefined) end(wrong);
    // It tries the next identity.
    else if (error.level === "agent") ofAgent = `: ${error.message}`;
    else if (error.level === "client-authentication" || TOO_MANY.test(error.message)) {
      end({ state: "login refused", why: notAdmitted(hop, ofAgent) });
    } else end({ state: "broke", why: error.message });
  });
  client.on("close", () => end(wrong ?? { state: "broke", why: "it closed the connection" }));
  client.connect({
    sock,
    username: hop.user,
    ...loginOf(hop),
    ...KEEPALIVE,
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

/** A key or an agent, never one after the other; the agent is not forwarded. */
function loginOf({ privateKey, agentSocketPath }: Hop): ConnectConfig {
  if (privateKey !== undefined) return { privateKey };
  const agent = agentSocket(agentSocketPath);
  return agent === undefined ? {} : { agent };
}

/** An agent with many identities is cut off by the server: its own words (`MaxAuthTries`). */
const TOO_MANY = /too many authentication failures/i;

function notAdmitted({ user, privateKey, agentSocketPath }: Hop, ofAgent: string): string {
  if (privateKey !== undefined) return `${user} may not log in with the key that is given for it`;
  const agent = agentSocket(agentSocketPath);
  if (agent === undefined) return "SSH_AUTH_SOCK is not set, and its key is an agent's";
  return `${user} may not log in with an identity of the agent at ${agent}${ofAgent}`;
}

/** As OpenSSH prints it. */
function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** ssh2 has the names of its own algorithms as a type; one that it doesn't have, it refuses itself. */
function hostKeyAlgorithm(type: string): ServerHostKeyAlgorithm {
  return type as ServerHostKeyAlgorithm;
}
