/** What an ssh login of the settings is done with: a key in a file, or a running agent that has it. */
import * as path from "node:path";
import * as z from "zod";
import { text, textLike, WHENEVER } from "./fields";

const NAME = "[A-Za-z0-9_]([\\w.-]*[\\w.])?";
const ADDRESS = "[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(%[\\w.-]+)?";
const HOST = new RegExp(`^(${NAME}|${ADDRESS})$`);

/** A name or an address alone: user and port have fields of their own, and nothing of `~/.ssh/config` is read. */
export function sshHost(remedy: string) {
  return textLike(
    HOST,
    `${remedy} alone, without a scheme, a user (user), a port (port) or brackets`,
    "the name or address of a machine",
  );
}

/** Others may have `@` or a backslash in theirs, where a directory knows them; none begins as an option does. */
export function sshUser(remedy: string) {
  return textLike(/^[^\s:/-][^\s:/]*$/, `${remedy} as sshd knows it`, "the name of a user");
}

export const sshLogin = {
  /** OpenSSH private key on this machine: absolute, or relative to the project. Either this or sshAgent. */
  privateKeyFile: text("name the file with the private key").exactOptional(),
  /** `true`: the key is in the ssh-agent of the environment (SSH_AUTH_SOCK); a path: in that of this socket. */
  sshAgent: z
    .union([z.literal(true), z.string().min(1)], {
      error: "write true for the agent of the environment (SSH_AUTH_SOCK), or the path of an agent's socket",
    })
    .exactOptional(),
};

export interface SshLogin {
  readonly privateKeyFile?: string;
  readonly sshAgent?: true | string;
}

const BOTH =
  "is another way than privateKeyFile, and an agent is asked only where no file is named; leave out one of the two";
const NEITHER = "missing; name the file with the private key, or set sshAgent: true where an ssh-agent has it";

/** Nothing is taken from an agent unless the settings say so: one of the two must be there. */
export function oneLogin() {
  return z.superRefine<object>((given, context) => {
    const { privateKeyFile: file, sshAgent: agent } = given as Readonly<Record<keyof SshLogin, unknown>>;
    if (file !== undefined && agent !== undefined) {
      context.addIssue({ code: "custom", path: ["sshAgent"], message: BOTH });
    } else if (file === undefined && agent === undefined) {
      context.addIssue({ code: "custom", path: ["privateKeyFile"], message: NEITHER });
    }
  }, WHENEVER);
}

/** The same for a program that runs in another folder. */
export function loginAt<T extends SshLogin>(login: T, folder: string): T {
  const { privateKeyFile: file, sshAgent: agent } = login;
  return {
    ...login,
    ...(file === undefined ? {} : { privateKeyFile: path.resolve(folder, file) }),
    ...(typeof agent === "string" ? { sshAgent: path.resolve(folder, agent) } : {}),
  };
}

/** The socket that is named; undefined for that of the environment, at the moment when something dials. */
export function agentPath({ sshAgent: agent }: SshLogin): string | undefined {
  return agent === true ? undefined : agent;
}
