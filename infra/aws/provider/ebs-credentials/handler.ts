import { z } from "zod";
import { Secret } from "../../../../provider/codec";
import type { Wait } from "../../../../provider/wait";
import { regionSchema, snapshotIdSchema } from "../ebs-inputs";
import {
  type Call,
  type Properties,
  type ResourceHandler,
  neverUpdated,
  replaceOn,
} from "../../../../provider/handler";
import { failures } from "../../../../provider/inputs";
import { parse } from "../../../../contract/schemas/parse";
import { quote } from "../../../../provider/shell";
import type { GiveSession } from "./session";
import { type RunOverSsh, WrongHostKey } from "./ssh";

const roleSchema = z.string().regex(/^arn:[\w-]+:iam::\d{12}:role\/.+$/, "must be the ARN of a role");
const argsSchema = z.object({
  connection: z.object({
    host: z.string().min(1),
    port: z.int().min(1).max(65_535),
    user: z.string().min(1),
    privateKey: z.string().min(1),
    hostKey: z.string().min(1),
  }),
  program: z.string().startsWith("/", "must be an absolute path"),
  folder: z.string().startsWith("/", "must be an absolute path"),
  uploads: z
    .array(
      z.object({
        region: regionSchema,
        snapshotId: snapshotIdSchema,
        role: roleSchema,
        encrypted: z.boolean().optional(),
      }),
    )
    .min(1)
    // A session has one role.
    .refine((uploads) => new Set(uploads.map(({ role }) => role)).size <= 1, "must all have the same role"),
  machine: z.string().min(1),
  lifetimeMinutes: z.number().positive().default(180),
});
type Args = z.infer<typeof argsSchema>;

export interface EbsCredentialsOptions {
  readonly giveSession: GiveSession;
  readonly runOverSsh: RunOverSsh;
  readonly wait: Wait;
}

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

export function ebsCredentialsHandler(options: EbsCredentialsOptions): ResourceHandler {
  const read = (properties: unknown): Args => parse(argsSchema, properties, "the inputs of EbsCredentials");
  return {
    check: (news) => failures(argsSchema, news),
    // Who has finished needs no credentials, whatever else changes.
    diff: (olds, news) => replaceOn(["machine"], olds, news),
    create: async (inputs, call) => {
      const args = read(inputs.value);
      await supply(args, options, call);
      return { id: `${args.machine}${args.folder}`, outs: guarded(inputs.value) };
    },
    read: (_id, state) => Promise.resolve(guarded(state.value)),
    update: neverUpdated,
    delete: () => Promise.resolve(),
  };
}

/** The state holds the ssh key as its input; nothing else in it is secret. */
const guarded = (properties: Properties): Properties => ({
  ...properties,
  connection: new Secret(properties.connection),
});

/** Answers the agent's wants until it is done; connects again when the connection breaks. */
async function supply(args: Args, { giveSession, runOverSsh, wait }: EbsCredentialsOptions, call: Call): Promise<void> {
  const { connection, program, folder, uploads } = args;
  const where = `${connection.user}@${connection.host}:${connection.port}`;
  const end = wait.now() + args.lifetimeMinutes * 60_000;
  let patience = { since: wait.now(), ms: REACHABLE_MS };
  for (;;) {
    let failure: string;
    try {
      let given = 0;
      const { code, stderr } = await runOverSsh({
        endpoint: connection,
        command: feedCommand(program, folder),
        stop: call.stop,
        onLine: async (line) => {
          if (line !== "want") return undefined;
          const credentials = await giveSession(uploads);
          given += 1;
          call.log.status(`gave credentials until ${credentials.expiresAt ?? "further notice"} (${given})`);
          return JSON.stringify(credentials);
        },
      });
      if (code === 0) return;
      if (code !== undefined)
        throw new EndedError(`the agent on ${where} needs no credentials any more, and is not done: ${stderr}`);
      patience = { since: wait.now(), ms: GONE_MS };
      failure = `the connection broke: ${stderr}`;
    } catch (error) {
      call.stop.throwIfAborted();
      if (!isPassing(error)) throw error;
      failure = error instanceof Error ? error.message : String(error);
    }
    const away = wait.now() - patience.since;
    if (away > patience.ms) throw new Error(`${where} can't be reached for ${Math.round(away / 1000)} s: ${failure}`);
    if (wait.now() > end) throw new Error(`${where}: the agent was not done after ${args.lifetimeMinutes} minutes`);
    call.log.status(`connecting to ${where} again: ${failure}`);
    await wait.sleep(AGAIN_MS, call.stop);
  }
}

class EndedError extends Error {}

/** Errors of ssh2 have a level, those of the network a code. AWS's refusals, and a wrong host key, do not pass. */
function isPassing(error: unknown): boolean {
  if (error instanceof EndedError || error instanceof WrongHostKey) return false;
  return error instanceof Error && error.cause === undefined;
}

function feedCommand(program: string, folder: string): string {
  const waits = `n=0; until command -v node >/dev/null || [ $n -ge ${NODE_SECONDS} ]; do sleep 1; n=$((n+1)); done`;
  return `${waits}; exec node ${quote(program)} feed ${quote(folder)}`;
}
