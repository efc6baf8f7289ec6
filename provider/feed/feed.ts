/** Keeps an agent supplied while it runs: answers what it wants until it is done, and connects again when the connection breaks. */
import { messageOf } from "../../contract/message-of";
import { z } from "zod";
import { Secret } from "../codec";
import type { Call, Properties } from "../handler";
import { quote } from "../shell";
import { connectionSchema, endpointName } from "../ssh-client/endpoint";
import { UnreadableKey } from "../ssh-client/hop";
import type { Wait } from "../wait";
import { type RunOverSsh, WrongHostKey } from "./ssh";

/** Inputs of a resource that feeds: how the worker is reached, and where its agent is. */
export const feedShape = {
  connection: connectionSchema,
  program: z.string().startsWith("/", "must be an absolute path"),
  folder: z.string().startsWith("/", "must be an absolute path"),
  machine: z.string().min(1),
  lifetimeMinutes: z.number().positive().default(180),
};
export interface Fed extends z.output<z.ZodObject<typeof feedShape>> {
  /** The upload that grants are given for. @default AWS credentials are given, for all snapshots */
  readonly upload?: string;
}

export interface FeedOptions {
  readonly runOverSsh: RunOverSsh;
  readonly wait: Wait;
}

/** What is given for one want. */
export interface Given {
  /** Secret; goes to the agent as one line of JSON. */
  readonly supply: object;
  /** For people: `credentials until 2026-11-27T10:00:00Z`. */
  readonly shown: string;
}

/** @param wish what the agent says it needs, as it says it: JSON, or empty */
export type Give = (wish: string) => Promise<Given>;

/** Between two connections, while the machine boots or the network is away. */
const AGAIN_MS = 5_000;
/** A machine that boots, or a network that is away, may take so long to let anybody in. */
const REACHABLE_MS = 10 * 60_000;
/**
 * A machine that was reached and can't be any more is gone: a spot instance that was taken. Whoever follows the agent has
 * lost it too, and the next attempt waits for this one to end; it finds an agent that still runs.
 */
const GONE_MS = 60_000;
/** The command that runs the agent installs node where there is none; so long that may take. */
const NODE_SECONDS = 900;

/**
 * Until the agent is done.
 * @param what it is supplied with, for people: `credentials`
 * @throws what `give` throws; or where the machine can't be reached, or the agent failed
 */
export async function feedAgent(fed: Fed, what: string, give: Give, options: FeedOptions, call: Call): Promise<void> {
  const { connection, lifetimeMinutes } = fed;
  const { runOverSsh, wait } = options;
  const where = endpointName(connection);
  const end = wait.now() + lifetimeMinutes * 60_000;
  const onLine = answering(give, call);
  let patience = { since: wait.now(), ms: REACHABLE_MS };
  for (;;) {
    let failure: string;
    try {
      const { code, stderr } = await runOverSsh({
        endpoint: connection,
        command: feedCommand(fed),
        stop: call.stop,
        onLine,
      });
      if (code === 0) return;
      if (code !== undefined) {
        throw new Final(new Error(`the agent on ${where} needs no ${what} any more, and is not done: ${stderr}`));
      }
      patience = { since: wait.now(), ms: GONE_MS };
      failure = `the connection broke: ${stderr}`;
    } catch (error) {
      call.stop.throwIfAborted();
      if (error instanceof Final) throw error.cause;
      if (!isPassing(error)) throw error;
      failure = messageOf(error);
    }
    const away = wait.now() - patience.since;
    if (away > patience.ms) throw new Error(`${where} can't be reached for ${Math.round(away / 1000)} s: ${failure}`);
    if (wait.now() > end) throw new Error(`${where}: the agent was not done after ${lifetimeMinutes} minutes`);
    call.log.status(`connecting to ${where} again: ${failure}`);
    await wait.sleep(AGAIN_MS, call.stop);
  }
}

/** The state holds the ssh key as its input; nothing else in it is secret. */
export const guarded = (properties: Properties): Properties => ({
  ...properties,
  connection: new Secret(properties.connection),
});

/** An error that no other connection mends. */
class Final extends Error {
  constructor(override readonly cause: unknown) {
    super("feeding has ended");
  }
}

function answering(give: Give, call: Call): (line: string) => Promise<string | undefined> {
  let times = 0;
  return async (line) => {
    const wanted = /^want(?: (?<wish>.*))?$/.exec(line);
    if (wanted === null) return undefined;
    try {
      const { supply, shown } = await give(wanted.groups?.["wish"] ?? "");
      times += 1;
      call.log.status(`gave ${shown} (${times})`);
      return JSON.stringify(supply);
    } catch (error) {
      throw new Final(error);
    }
  };
}

/** What was said of a login that failed; one with a cause is another error of ours. A wrong host key does not pass. */
function isPassing(error: unknown): boolean {
  const stays = error instanceof WrongHostKey || error instanceof UnreadableKey;
  return error instanceof Error && error.cause === undefined && !stays;
}

function feedCommand({ program, folder, upload }: Fed): string {
  const waits = `n=0; until command -v node >/dev/null || [ $n -ge ${NODE_SECONDS} ]; do sleep 1; n=$((n+1)); done`;
  const of = upload === undefined ? "" : ` ${quote(upload)}`;
  return `${waits}; exec node ${quote(program)} feed ${quote(folder)}${of}`;
}
