/** The connection to a jump host, for machines behind it. */
import { UserError } from "../contract/user-error";
import * as pulumi from "@pulumi/pulumi";
import type { JumpHost } from "./jump-host";
import { readPrivateKeyFile } from "./key-file";
import type { SshConnection } from "./machine";

/** Part of a connection; nothing where the settings name none. */
export function throughJumpHost(jump: JumpHost | undefined): Pick<SshConnection, "proxy"> {
  if (jump === undefined) return {};
  const { host, port, user, hostKey, privateKeyFile } = jump;
  return { proxy: { host, port, user, hostKey, privateKey: secretKey("jumpHost", privateKeyFile) } };
}

/** @param of what the settings call the machine that it logs in to */
export function secretKey(of: string, file: string): pulumi.Output<string> {
  return pulumi.secret(readKey(of, file));
}

async function readKey(of: string, file: string): Promise<string> {
  const key = await readPrivateKeyFile(file);
  if (typeof key === "string") return key;
  throw new UserError(`${of}.privateKeyFile: ${key.problem}; ${key.remedy}`);
}
