/** A running ssh-agent, asked only where the settings say so: what it has to offer, and which one it is. */
import { connect } from "node:net";

/** Why its keys can't be used: what is wrong, and what to do. */
export interface AgentProblem {
  readonly problem: string;
  readonly remedy: string;
}

/** An agent answers at once; one that asks a person for a passphrase to be unlocked does not answer at all. */
const ANSWER_MS = 5_000;
/** What sshd lets a client offer (`MaxAuthTries`), OpenSSH's default. */
const MAX_OFFERS = 6;

/**
 * The socket of the agent: the one that is named, else the environment's at this moment, as @pulumi/command has it.
 * @returns undefined where neither says one
 */
export function agentSocket(
  named: string | undefined,
  env: Readonly<NodeJS.ProcessEnv> = process.env,
): string | undefined {
  return named ?? (env.SSH_AUTH_SOCK || undefined);
}

/** Asks it for its identities, and for nothing else. */
export async function agentProblem(
  named: string | undefined,
  env: Readonly<NodeJS.ProcessEnv> = process.env,
): Promise<AgentProblem | undefined> {
  const socket = agentSocket(named, env);
  if (socket === undefined) {
    const remedy = 'start one ("eval $(ssh-agent); ssh-add KEY"), or name the path of its socket';
    return { problem: "SSH_AUTH_SOCK is not set: there is no agent", remedy };
  }
  const where = named === undefined ? `${socket} (SSH_AUTH_SOCK)` : socket;
  try {
    if ((await identities(socket)) > 0) return undefined;
    const remedy = 'give it one by "ssh-add KEY"; if it is locked, "ssh-add -X" unlocks it';
    return { problem: `the agent at ${where} has no identities`, remedy };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const remedy = `start an agent, and see that "SSH_AUTH_SOCK=${socket} ssh-add -l" lists the key`;
    return { problem: `the agent at ${where} does not answer: ${said}`, remedy };
  }
}

/** What to do where none of its identities logs in. */
export async function refusedRemedy(named: string | undefined): Promise<string> {
  const socket = agentSocket(named) ?? "";
  const offered = await identities(socket).catch(() => 0);
  if (offered > MAX_OFFERS) {
    const why = `sshd takes ${MAX_OFFERS} tries (MaxAuthTries), and the agent offers ${offered} identities`;
    return `${why}: start an agent with the one alone, and name its socket`;
  }
  return (
    `put an identity that "SSH_AUTH_SOCK=${socket} ssh-add -L" prints into authorized_keys there; ` +
    "one that asks before each use (ssh-add -c, a hardware key) is of no use here"
  );
}

/** @returns how many it has */
async function identities(socket: string): Promise<number> {
  const { AgentProtocol } = (await import("ssh2")).default;
  const stream = connect(socket);
  stream.setTimeout(ANSWER_MS, () => stream.destroy(new Error(`it said nothing for ${ANSWER_MS / 1000} s`)));
  try {
    return await new Promise((resolve, reject) => {
      const agent = new AgentProtocol(true);
      for (const end of [stream, agent]) end.on("error", reject);
      stream.on("close", () => reject(new Error("it closed the connection")));
      agent.pipe(stream).pipe(agent);
      agent.getIdentities((error, keys = []) => {
        if (error) reject(error);
        else resolve(keys.length);
      });
    });
  } finally {
    stream.destroy();
  }
}

/** True where somebody listens at the socket: an agent that was killed leaves it behind. */
export function isListening(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const stream = connect(socket);
    stream.once("connect", () => {
      stream.destroy();
      resolve(true);
    });
    stream.once("error", () => resolve(false));
  });
}
