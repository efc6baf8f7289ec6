/** One command on a machine whose host key is known: its lines out, lines in, and how it ended. */
import { createInterface } from "node:readline";
import type { Client, ClientChannel } from "ssh2";
import { endpointName, type Endpoint } from "../ssh-client/endpoint";
import { logIn } from "../ssh-client/log-in";

export interface Talk {
  readonly endpoint: Endpoint;
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

const STDERR_LIMIT = 8 * 1024;

/** The host, or the jump host, has another key than the one it must have: nothing is sent to it, and trying again is no use. */
export class WrongHostKey extends Error {}

export const runOverSsh: RunOverSsh = async ({ endpoint, command, onLine, stop }) => {
  const login = await logIn(endpoint, stop);
  if (login.state === "wrong key") throw new WrongHostKey(login.why);
  if (login.state !== "ready") throw new Error(login.why);
  try {
    return await runOn(login.client, { endpoint, command, onLine, stop });
  } finally {
    login.end();
  }
};

function runOn(client: Client, { endpoint, command, onLine, stop }: Talk): Promise<Said> {
  return new Promise((resolve, reject) => {
    const onStop = (): void => settle(() => reject(stop.reason as Error));
    const onError = (error: Error): void => settle(() => resolve({ code: undefined, stderr: error.message }));
    const onClose = (): void => onError(new Error(`${endpointName(endpoint)} closed the connection`));
    const settle = (how: () => void): void => {
      stop.removeEventListener("abort", onStop);
      client.removeListener("error", onError);
      client.removeListener("close", onClose);
      how();
    };
    if (stop.aborted) {
      onStop();
      return;
    }
    stop.addEventListener("abort", onStop, { once: true });
    client.on("error", onError);
    client.on("close", onClose);
    client.exec(command, (error, channel) => {
      if (error) settle(() => reject(error));
      else
        talk(channel, onLine).then(
          (said) => settle(() => resolve(said)),
          (reason: Error) => settle(() => reject(reason)),
        );
    });
  });
}

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
