/** What each resource of the plugin does. */
import type { z } from "zod";
import { CancelledError, type sleep } from "../../provider-kit/cancel";
import { addressOf, dial, type Session } from "./connection";
import { copyToRemote } from "./copy";
import { executeLocal, executeRemote, type Job } from "./execute";
import { read } from "../../provider-kit/inputs";
import * as inputs from "./inputs";
import { CommandOutput } from "./output";
import { decode, isSecret, type Asset, type WireProperties } from "../../provider-kit/wire";

export interface Context {
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  /** The plugin's own environment: what a local command inherits, and where an ssh agent is named. */
  readonly environment: NodeJS.ProcessEnv;
  readonly wait: typeof sleep;
}

/** Outputs beside the inputs, which are always outputs too. */
export type Outputs = Readonly<Record<string, unknown>>;

export interface ResourceKind {
  readonly schema: z.ZodType;
  /** `triggers`: other changes are updates. `all`: there is no update. */
  readonly replacedBy: "triggers" | "all";
  create(inputs: WireProperties, context: Context): Promise<Outputs>;
  update(olds: WireProperties, news: WireProperties, context: Context): Promise<Outputs>;
  delete(olds: WireProperties, context: Context): Promise<void>;
}

type Action = "create" | "update" | "delete";
type Command = inputs.LocalCommand | inputs.RemoteCommand;
type Streams = { readonly stdout: string; readonly stderr: string };
type Runner<C extends Command> = (job: Job, command: C, output: CommandOutput, context: Context) => Promise<void>;

const runLocal: Runner<inputs.LocalCommand> = async (job, command, output, context) => {
  const place = {
    interpreter: command.interpreter ?? ["/bin/sh", "-c"],
    dir: command.dir,
    environment: context.environment,
  };
  await executeLocal(job, place, output, context.signal);
};

const runRemote: Runner<inputs.RemoteCommand> = (job, command, output, context) =>
  withSession(command.connection, context, (session) =>
    executeRemote(job, command.connection, session, output, context.signal),
  );

async function withSession<T>(
  connection: inputs.Connection,
  context: Context,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await dial(connection, {
    signal: context.signal,
    status: context.log,
    agentSocket: context.environment["SSH_AUTH_SOCK"],
    wait: context.wait,
  });
  const stop = () => session.client.destroy();
  context.signal.addEventListener("abort", stop, { once: true });
  try {
    return await use(session);
  } catch (error) {
    if (context.signal.aborted && !(error instanceof CancelledError)) {
      throw new CancelledError(`work on ${addressOf(connection)}`);
    }
    throw error;
  } finally {
    context.signal.removeEventListener("abort", stop);
    session.close();
  }
}

function commandKind<C extends Command>(schema: z.ZodType<C>, runner: Runner<C>): ResourceKind {
  const run = async (action: Action, text: string, wire: WireProperties, before: Streams, context: Context) => {
    const command = read(schema, wire);
    const output = new CommandOutput(command.logging ?? "stdoutAndStderr", context.log);
    const title = isSecret(wire[action]) ? `the secret ${action} command` : `"${text}"`;
    const environment = { ...command.environment, ...(command.addPreviousOutputInEnv ? previous(before) : {}) };
    await runner({ command: text, title, stdin: command.stdin, environment }, command, output, context);
    return { stdout: output.stdout.text(), stderr: output.stderr.text() };
  };
  return {
    schema,
    replacedBy: "triggers",
    create: async (news, context) => {
      const { create } = read(schema, news);
      return create === undefined ? NO_OUTPUT : run("create", create, news, NO_OUTPUT, context);
    },
    update: async (olds, news, context) => {
      const { create, update } = read(schema, news);
      const before = streamsOf(olds);
      if (update !== undefined) return run("update", update, news, before, context);
      if (create !== undefined) return run("create", create, news, before, context);
      // Nothing ran: the outputs stay, with the secrets among them.
      return { stdout: olds["stdout"] ?? "", stderr: olds["stderr"] ?? "" };
    },
    delete: async (olds, context) => {
      const command = read(schema, olds).delete;
      if (command !== undefined) await run("delete", command, olds, streamsOf(olds), context);
    },
  };
}

const NO_OUTPUT: Streams = { stdout: "", stderr: "" };

function streamsOf(state: WireProperties): Streams {
  const { values } = decode(state);
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return { stdout: text(values["stdout"]), stderr: text(values["stderr"]) };
}

function previous({ stdout, stderr }: Streams): Record<string, string> {
  return {
    ...(stdout === "" ? {} : { PULUMI_COMMAND_STDOUT: stdout }),
    ...(stderr === "" ? {} : { PULUMI_COMMAND_STDERR: stderr }),
  };
}

async function copy(connection: inputs.Connection, source: Asset, remotePath: string, context: Context): Promise<void> {
  await withSession(connection, context, (session) => copyToRemote(session, source, remotePath));
}

const copyToRemoteKind: ResourceKind = {
  schema: inputs.copyToRemoteSchema,
  replacedBy: "triggers",
  create: async (news, context) => {
    const { connection, source, remotePath } = read(inputs.copyToRemoteSchema, news);
    await copy(connection, source, remotePath, context);
    return {};
  },
  update: async (olds, news, context) => {
    // The engine leaves the path and the text out of old assets: the hash is all that there is to compare.
    const before = decode(olds).values as Partial<inputs.CopyToRemote>;
    const now = read(inputs.copyToRemoteSchema, news);
    // As the official provider: another connection alone copies nothing; use `triggers` for another machine.
    const same = before.source?.hash === now.source.hash && before.remotePath === now.remotePath;
    if (!same) await copy(now.connection, now.source, now.remotePath, context);
    return {};
  },
  // What was copied stays.
  delete: () => Promise.resolve(),
};

const copyFileKind: ResourceKind = {
  schema: inputs.copyFileSchema,
  replacedBy: "all",
  create: async (news, context) => {
    const { connection, localPath, remotePath } = read(inputs.copyFileSchema, news);
    await copy(connection, { kind: "asset", path: localPath }, remotePath, context);
    return {};
  },
  update: () => Promise.reject(new Error("command:remote:CopyFile is replaced, never updated")),
  delete: () => Promise.resolve(),
};

export const RESOURCES: Readonly<Record<string, ResourceKind>> = {
  "command:local:Command": commandKind(inputs.localCommandSchema, runLocal),
  "command:remote:Command": commandKind(inputs.remoteCommandSchema, runRemote),
  "command:remote:CopyToRemote": copyToRemoteKind,
  "command:remote:CopyFile": copyFileKind,
};

/** The function `command:local:run`: runs its command whenever it is called, in a preview too. */
export async function localRun(args: WireProperties, context: Context): Promise<Outputs> {
  const command = read(inputs.localRunSchema, args);
  const output = new CommandOutput(command.logging ?? "stdoutAndStderr", context.log);
  const { stdin, environment = {} } = command;
  await runLocal(
    { command: command.command, title: `"${command.command}"`, stdin, environment },
    command,
    output,
    context,
  );
  return { stdout: output.stdout.text(), stderr: output.stderr.text() };
}
