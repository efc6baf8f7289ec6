/** One command on a machine whose host key is known: its lines out, lines in, and how it ended. */
import type { Client, ClientChannel } from "ssh2";
import { LineCutter } from "../../contract/line-cutter";
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
/** Characters of a line: a wish is far shorter. */
const LONGEST_LINE = 64 * 1024;
/** Lines that wait for their turn. An agent asks for one thing after the other. */
const MOST_WAITING = 100;

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
    const waiting: string[] = [];
    let answering: Promise<void> | undefined;
    const answerAll = async (): Promise<void> => {
      for (let line = waiting.shift(); line !== undefined; line = waiting.shift()) {
        const answer = await onLine(line);
        if (answer !== undefined && channel.writable) channel.write(`${answer}\n`);
      }
      answering = undefined;
    };
    const cutter = new LineCutter((line) => {
      waiting.push(line);
      if (waiting.length > MOST_WAITING) {
        waiting.length = 0;
        reject(new Error("the agent asks for more than anybody can answer", { cause: new Error("too many lines") }));
      } else if (answering === undefined) {
        answering = answerAll();
        answering.catch(reject);
      }
    }, LONGEST_LINE);
    channel.on("data", (data: Buffer) => cutter.push(data));
    channel.on("exit", (status: number | null) => {
      code = status ?? undefined;
    });
    channel.on("close", () => resolve({ code, stderr: stderr.trim() }));
  });
}
