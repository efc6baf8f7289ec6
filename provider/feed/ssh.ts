/** One command on a machine whose host key is known: its lines out, lines in, and how it ended. */
import { timingSafeEqual } from "node:crypto";
import { createInterface } from "node:readline";
import { Client, type ClientChannel, utils } from "ssh2";

export interface SshEndpoint {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** OpenSSH private key. Secret. */
  readonly privateKey: string;
  /** OpenSSH public key of the host, one line. */
  readonly hostKey: string;
}

export interface Talk {
  readonly endpoint: SshEndpoint;
  readonly command: string;
  /** One line of its standard output; what is returned is written to its standard input as a line. */
  readonly onLine: (line: string) => Promise<string | undefined>;
  readonly stop: AbortSignal;
}

export interface Said {
  /** Exit status; undefined when the connection ended first. */
  readonly code: number | undefined;
  /** The end of its standard error; how the connection ended, if that came first. */
  readonly stderr: string;
}

/** Runs it. Rejects when no connection came about, or when a line could not be answered. */
export type RunOverSsh = (talk: Talk) => Promise<Said>;

const READY_MS = 20_000;
/** A machine that vanished is noticed after a minute of silence. */
const KEEPALIVE = { keepaliveInterval: 15_000, keepaliveCountMax: 4 };
const STDERR_LIMIT = 8 * 1024;

/** The host has another key than the one it must have: nothing is sent to it, and trying again is no use. */
export class WrongHostKey extends Error {}

export const runOverSsh: RunOverSsh = ({ endpoint, command, onLine, stop }) =>
  new Promise((resolve, reject) => {
    const { host, port, user: username, privateKey } = endpoint;
    const key = utils.parseKey(endpoint.hostKey.trim());
    if (key instanceof Error) {
      reject(new Error("connection.hostKey is no OpenSSH public key", { cause: key }));
      return;
    }
    const expected = key.getPublicSSH();
    const client = new Client();
    let wrongKey: WrongHostKey | undefined;
    const finish = (settle: () => void): void => {
      stop.removeEventListener("abort", onStop);
      client.destroy();
      settle();
    };
    const fail = (error: Error): void => finish(() => reject(wrongKey ?? error));
    const onStop = (): void => fail(stop.reason as Error);
    let reached = false;
    const ended = (error: Error): void => {
      if (reached) finish(() => resolve({ code: undefined, stderr: error.message }));
      else fail(error);
    };
    client.on("error", ended);
    client.on("close", () => ended(new Error(`${host}:${port} closed the connection`)));
    client.on("ready", () => {
      reached = true;
      client.exec(command, (error, channel) => {
        if (error) fail(error);
        else talk(channel, onLine).then((said) => finish(() => resolve(said)), fail);
      });
    });
    stop.addEventListener("abort", onStop, { once: true });
    if (stop.aborted) onStop();
    else {
      client.connect({
        ...{ host, port, username, privateKey, readyTimeout: READY_MS, ...KEEPALIVE },
        hostVerifier: (shown: Buffer) => {
          if (shown.length === expected.length && timingSafeEqual(shown, expected)) return true;
          wrongKey = new WrongHostKey(`${host}:${port} shows another host key than connection.hostKey`);
          return false;
        },
        // The key that is expected is the one to be shown, where a host has several.
        algorithms: { serverHostKey: { prepend: [key.type], append: [], remove: [] } },
      });
    }
  });

function talk(channel: ClientChannel, onLine: Talk["onLine"]): Promise<Said> {
  return new Promise((resolve, reject) => {
    let stderr = "";
    let code: number | undefined;
    channel.stderr.on("data", (data: Buffer) => {
      stderr = (stderr + data.toString("utf8")).slice(-STDERR_LIMIT);
    });
    createInterface({ input: channel, crlfDelay: Infinity }).on("line", (line) => {
      onLine(line).then((answer) => {
        if (answer !== undefined && channel.writable) channel.write(`${answer}\n`);
      }, reject);
    });
    channel.on("exit", (status: number | null) => {
      code = status ?? undefined;
    });
    channel.on("close", () => resolve({ code, stderr: stderr.trim() }));
  });
}
