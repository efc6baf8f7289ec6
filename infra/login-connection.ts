/** The part of a connection that logs in, to a machine of the settings or to the jump host before it. */
import { UserError } from "../contract/user-error";
import * as pulumi from "@pulumi/pulumi";
import type { JumpHost } from "./jump-host";
import { readPrivateKeyFile } from "./key-file";
import type { SshConnection } from "./machine";
import { agentPath, type SshLogin } from "./ssh-login";

/** Part of a connection; nothing where the settings name none. */
export function throughJumpHost(jump: JumpHost | undefined): Pick<SshConnection, "proxy"> {
  if (jump === undefined) return {};
  const { host, port, user, hostKey } = jump;
  return { proxy: { host, port, user, hostKey, ...loginWith("jumpHost", jump) } };
}

/**
 * An agent's socket is left to whoever dials, unless it is named: its path differs from session to session, and a change would
 * be one of the connection.
 * @param of what the settings call the machine that it logs in to
 */
export function loginWith(of: string, login: SshLogin): Pick<SshConnection, "privateKey" | "agentSocketPath"> {
  const { privateKeyFile: file } = login;
  if (file !== undefined) return { privateKey: pulumi.secret(readKey(of, file)) };
  const agentSocketPath = agentPath(login);
  return agentSocketPath === undefined ? {} : { agentSocketPath };
}

async function readKey(of: string, file: string): Promise<string> {
  const key = await readPrivateKeyFile(file);
  if (typeof key === "string") return key;
  throw new UserError(`${of}.privateKeyFile: ${key.problem}; ${key.remedy}`);
}
