/** Runs one command to its end, on a remote machine or on this one. */
import { spawn } from "node:child_process";
import type { ClientChannel } from "ssh2";
import { CancelledError } from "../../provider-kit/cancel";
import { addressOf, type Session } from "./connection";
import type { Connection } from "./inputs";
import { LONGEST_LINE, type CommandOutput } from "./output";

export interface Job {
  readonly command: string;
  /** How errors name the command; not its text if that is secret. */
  readonly title: string;
  readonly stdin: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

/** A cancelled command has so long to end by itself. */
const GRACE_MS = 3000;

/** What a command ended with: null code if a signal ended it. */
type Ending = { readonly code: number | null; readonly signal: string | null };

export async function executeRemote(
  job: Job,
  connection: Connection,
  session: Session,
  output: CommandOutput,
  signal: AbortSignal,
): Promise<void> {
  const where = ` on ${addressOf(connection)}`;
  await demandEnvironment(session, job, where);
  const channel = await openChannel(session, job);
  const ending = await new Promise<Ending | undefined>((resolve) => {
    let exit: Ending | undefined;
    const stop = () => {
      // Not every server passes signals on (OpenSSH does not for root); losing its connection tells the command as well.
      channel.signal("TERM");
      session.client.destroy();
    };
    channel.on("exit", (code: number | null, name?: string) => (exit = { code, signal: name ?? null }));
    const read = (stream: CommandOutput["stdout"]) => (chunk: Buffer) => {
      stream.write(chunk);
      if (output.overlong) stop();
    };
    channel.on("data", read(output.stdout));
    channel.stderr.on("data", read(output.stderr));
    // A command may end without reading all of its input.
    channel.on("error", () => undefined);
    channel.on("close", () => {
      signal.removeEventListener("abort", stop);
      resolve(exit);
    });
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    channel.end(job.stdin ?? "");
  });
  output.end();
  if (signal.aborted) throw new CancelledError(`${job.title}${where}`);
  demandReadable(job, where, output);
  if (ending === undefined) {
    throw new Error(`connection lost while running ${job.title}${where}; its output:\n${output.all()}`);
  }
  demandSuccess(ending, job, where, output);
}

/** The official plugin fails for a variable that the server does not accept, which ssh2 does not tell: it is looked for. */
async function demandEnvironment(session: Session, job: Job, where: string): Promise<void> {
  for (const name of Object.keys(job.environment)) {
    const channel = await openChannel(session, { ...job, command: `printenv ${name}` });
    const there = await new Promise<boolean>((resolve) => {
      let code: number | null = null;
      channel.on("exit", (status: number | null) => (code = status));
      channel.on("close", () => resolve(code === 0));
      channel.resume().stderr.resume();
      channel.end();
    });
    if (there) continue;
    throw new Error(
      `could not set environment variable "${name}"${where}: its sshd accepts only those that AcceptEnv names; with ` +
        `addPreviousOutputInEnv: false no variable is set for the output of an earlier command`,
    );
  }
}

function openChannel(session: Session, job: Job): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    // The server keeps the variables that its AcceptEnv names and drops the others.
    session.client.exec(job.command, { env: job.environment }, (error, channel) =>
      error === undefined ? resolve(channel) : reject(error),
    );
  });
}

export interface LocalPlace {
  readonly interpreter: readonly string[];
  readonly dir: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
}

export async function executeLocal(
  job: Job,
  place: LocalPlace,
  output: CommandOutput,
  signal: AbortSignal,
): Promise<void> {
  const [program = "/bin/sh", ...args] = place.interpreter;
  // A process group of its own, so that a cancel reaches what the shell started too.
  const child = spawn(program, [...args, job.command], {
    detached: true,
    env: { ...place.environment, ...job.environment },
    ...(place.dir === undefined ? {} : { cwd: place.dir }),
  });
  const ending = await new Promise<Ending>((resolve, reject) => {
    const stop = () => {
      endGroup(child.pid, "SIGTERM");
      setTimeout(() => endGroup(child.pid, "SIGKILL"), GRACE_MS).unref();
    };
    const read = (stream: CommandOutput["stdout"]) => (chunk: Buffer) => {
      stream.write(chunk);
      if (output.overlong) stop();
    };
    child.stdout.on("data", read(output.stdout));
    child.stderr.on("data", read(output.stderr));
    // A command may end without reading all of its input.
    child.stdin.on("error", () => undefined);
    child.on("error", (cause) => reject(new Error(`cannot start ${program}: ${cause.message}`, { cause })));
    child.on("close", (code, name) => {
      signal.removeEventListener("abort", stop);
      resolve({ code, signal: name });
    });
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    child.stdin.end(job.stdin ?? "");
  });
  output.end();
  if (signal.aborted) throw new CancelledError(job.title);
  demandReadable(job, "", output);
  demandSuccess(ending, job, "", output);
}

/** Ends a process and what it started; that it is gone already is as good. */
function endGroup(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Where the official plugin would stand for ever, this one says so. */
function demandReadable({ title }: Job, where: string, output: CommandOutput): void {
  if (!output.overlong) return;
  throw new Error(
    `${title}${where} printed a line of more than ${LONGEST_LINE / 1024} KiB to a stream that is logged: the official ` +
      `plugin reads no further and stands for ever; cut the line, or write it to a file`,
  );
}

function demandSuccess(ending: Ending, job: Job, where: string, output: CommandOutput): void {
  if (ending.code === 0) return;
  const how = ending.code === null ? `was ended by signal ${ending.signal}` : `failed with exit code ${ending.code}`;
  throw new Error(`${job.title}${where} ${how}; its output:\n${output.all()}`);
}
