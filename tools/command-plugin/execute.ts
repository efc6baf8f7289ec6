/** Runs one command to its end, on a remote machine or on this one. */
import { spawn } from "node:child_process";
import type { ClientChannel } from "ssh2";
import { CancelledError } from "../plugin-kit/cancel";
import { addressOf, type Session } from "./connection";
import type { Connection } from "./inputs";
import type { CommandOutput } from "./output";

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
  const channel = await openChannel(session, job);
  const ending = await new Promise<Ending | undefined>((resolve) => {
    let exit: Ending | undefined;
    const stop = () => {
      // Not every server passes signals on (OpenSSH does not for root); losing its connection tells the command as well.
      channel.signal("TERM");
      session.client.destroy();
    };
    channel.on("exit", (code: number | null, name?: string) => (exit = { code, signal: name ?? null }));
    channel.on("data", (chunk: Buffer) => output.stdout.write(chunk));
    channel.stderr.on("data", (chunk: Buffer) => output.stderr.write(chunk));
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
  if (ending === undefined) {
    throw new Error(`connection lost while running ${job.title}${where}; last output:\n${output.tail()}`);
  }
  demandSuccess(ending, job, where, output);
}

function openChannel(session: Session, job: Job): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    // The server keeps the variables that its AcceptEnv names and drops the others, as with the official provider.
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
    child.stdout.on("data", (chunk: Buffer) => output.stdout.write(chunk));
    child.stderr.on("data", (chunk: Buffer) => output.stderr.write(chunk));
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

function demandSuccess(ending: Ending, job: Job, where: string, output: CommandOutput): void {
  if (ending.code === 0) return;
  const how = ending.code === null ? `was ended by signal ${ending.signal}` : `failed with exit code ${ending.code}`;
  throw new Error(`${job.title}${where} ${how}; last output:\n${output.tail()}`);
}
