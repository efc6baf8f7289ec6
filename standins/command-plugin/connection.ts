/** Dials an ssh server as the official provider does: again with backoff while the machine is still starting. */
import { Client, type AuthenticationType, type ConnectConfig } from "ssh2";
import type { Duplex } from "node:stream";
import { PrivateKeyError, readPrivateKey } from "../../provider/ssh-private-key";
import { CancelledError, type sleep } from "../../provider-kit/cancel";
import { algorithmsFor, fingerprint, parseHostKey, sameKey } from "./host-key";
import type { Connection, Endpoint } from "./inputs";

export interface DialContext {
  readonly signal: AbortSignal;
  /** A line on the status of the resource. */
  readonly status: (text: string) => void;
  /** The default of `agentSocketPath`. */
  readonly agentSocket: string | undefined;
  /** Waits between dials. */
  readonly wait: typeof sleep;
}

export interface Session {
  readonly client: Client;
  /** Ends the connection, and the one to the proxy. */
  close(): void;
}

/** First wait, growth and longest wait between dials, as in Pulumi's `util/retry`. */
const FIRST_DELAY_MS = 100;
const DELAY_GROWTH = 1.5;
const LONGEST_DELAY_MS = 5000;
/** A wrong host key is dialled again (cloud-init may not have put the right one yet), but never without an end. */
const HOST_KEY_TRIES = 10;
/** A machine that vanished is noticed after five minutes of silence. */
const KEEPALIVE = { keepaliveInterval: 15_000, keepaliveCountMax: 20 };

export function addressOf(endpoint: Endpoint): string {
  return `${endpoint.user}@${endpoint.host}:${endpoint.port}`;
}

export async function dial(connection: Connection, context: DialContext): Promise<Session> {
  const { proxy } = connection;
  if (proxy === undefined) return toSession(await dialWithRetry(connection, context));
  const bastion = await dialWithRetry(proxy, context, undefined, "proxy ");
  try {
    const through = () => forward(bastion, connection);
    return toSession(await dialWithRetry(connection, context, through), bastion);
  } catch (error) {
    bastion.destroy();
    throw error;
  }
}

function toSession(client: Client, bastion?: Client): Session {
  return {
    client,
    close: () => {
      client.end();
      bastion?.end();
    },
  };
}

class HostKeyError extends Error {}

async function dialWithRetry(
  endpoint: Endpoint,
  context: DialContext,
  through?: () => Promise<Duplex>,
  role = "",
): Promise<Client> {
  const target = `${role}${addressOf(endpoint)}`;
  const attempt = await prepare(endpoint, context.agentSocket);
  let delay = FIRST_DELAY_MS;
  for (let failures = 1; ; failures++) {
    try {
      return await attempt(through === undefined ? undefined : await through(), context.signal);
    } catch (cause) {
      if (context.signal.aborted) throw new CancelledError(`connecting to ${target}`);
      const reason = cause instanceof Error ? cause.message : String(cause);
      const limit = limitOf(endpoint, cause);
      if (limit !== undefined && failures > limit) {
        throw new Error(`cannot connect to ${target}: ${reason} (gave up after ${failures} dials)`, { cause });
      }
      context.status(
        `connecting to ${target}, dial ${failures}${limit === undefined ? "" : `/${limit + 1}`}: ${reason}`,
      );
      await context.wait(delay, context.signal, `connecting to ${target}`);
      delay = Math.min(delay * DELAY_GROWTH, LONGEST_DELAY_MS);
    }
  }
}

function limitOf(endpoint: Endpoint, cause: unknown): number | undefined {
  if (endpoint.dialErrorLimit >= 0) return endpoint.dialErrorLimit;
  return cause instanceof HostKeyError ? HOST_KEY_TRIES : undefined;
}

type Attempt = (socket: Duplex | undefined, signal: AbortSignal) => Promise<Client>;

/** Reads keys once: a key that cannot be read is an error now, not a reason to dial again. */
async function prepare(endpoint: Endpoint, agentSocket: string | undefined): Promise<Attempt> {
  const expected = endpoint.hostKey === undefined ? undefined : parseHostKey(endpoint.hostKey);
  const config = { ...(await authentication(endpoint, agentSocket)), ...KEEPALIVE };
  return (socket, signal) =>
    new Promise((resolve, reject) => {
      const client = new Client();
      let refusal: HostKeyError | undefined;
      const stop = () => {
        client.destroy();
        reject(new CancelledError("dial"));
      };
      const settle = (settleWith: () => void) => {
        signal.removeEventListener("abort", stop);
        settleWith();
      };
      const fail = (error: Error) =>
        settle(() => {
          client.destroy();
          reject(refusal ?? error);
        });
      // The listeners stay after the connection is made: an error event that nobody hears would end the process. What
      // runs on the connection learns of its end by the close of its channel.
      client.on("error", fail);
      client.on("close", () => fail(new Error("the server closed the connection")));
      client.on("ready", () => {
        // Requests here are small and wait for answers: without this, each waits 40 ms for more to send.
        client.setNoDelay(true);
        settle(() => resolve(client));
      });
      client.on("keyboard-interactive", (_name, _instructions, _lang, prompts, finish) =>
        finish(prompts.map(() => endpoint.password ?? "")),
      );
      if (signal.aborted) return stop();
      signal.addEventListener("abort", stop, { once: true });
      client.connect({
        ...config,
        ...(socket === undefined ? { host: endpoint.host, port: endpoint.port } : { sock: socket }),
        readyTimeout: endpoint.perDialTimeout * 1000,
        ...(expected === undefined ? {} : { algorithms: { serverHostKey: algorithmsFor(expected) } }),
        hostVerifier: (shown: Buffer) => {
          if (expected === undefined || sameKey(expected, shown)) return true;
          refusal = new HostKeyError(
            `the server's host key is ${fingerprint(shown)}, but connection.hostKey is ${fingerprint(expected.blob)}: ` +
              `another machine answers at this address, or it was made anew; nothing was sent to it`,
          );
          return false;
        },
      });
    });
}

async function authentication(endpoint: Endpoint, agentSocket: string | undefined): Promise<ConnectConfig> {
  const { privateKey, privateKeyPassword } = endpoint;
  // As in the official plugin: Go's ssh tries keys once, so an agent's are never tried where one is given.
  const agent = privateKey === undefined ? (endpoint.agentSocketPath ?? agentSocket) : undefined;
  const login = privateKey === undefined ? undefined : await readKey(privateKey, privateKeyPassword);
  const methods: AuthenticationType[] = [
    ...(login === undefined ? [] : ["publickey" as const]),
    ...(endpoint.password === undefined ? [] : ["password" as const, "keyboard-interactive" as const]),
    ...(agent === undefined || agent === "" ? [] : ["agent" as const]),
  ];
  return {
    username: endpoint.user,
    ...(login === undefined ? {} : { privateKey: login }),
    ...(privateKeyPassword === undefined ? {} : { passphrase: privateKeyPassword }),
    ...(endpoint.password === undefined ? {} : { password: endpoint.password, tryKeyboard: true }),
    ...(agent === undefined || agent === "" ? {} : { agent }),
    authHandler: methods.length === 0 ? ["none"] : methods,
  };
}

async function readKey(text: string, passphrase: string | undefined): Promise<string> {
  try {
    return await readPrivateKey(text, passphrase);
  } catch (cause) {
    if (!(cause instanceof PrivateKeyError)) throw cause;
    throw new Error(`connection.privateKey cannot be read: it ${cause.problem}`, { cause });
  }
}

function forward(bastion: Client, target: Endpoint): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    bastion.forwardOut("127.0.0.1", 0, target.host, target.port, (error, channel) =>
      error === undefined ? resolve(channel) : reject(error),
    );
  });
}
