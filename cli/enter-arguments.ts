/** How ssh is told to enter a machine: by files in a folder that only this user can read, and through its jump host. */
import { writeFileSync } from "node:fs";
import * as path from "node:path";
import { quote } from "../provider/shell";

interface Hop {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** @default an ssh-agent has it */
  readonly privateKey?: string;
  /** Socket of that agent. @default the environment's (SSH_AUTH_SOCK) */
  readonly agentSocketPath?: string;
  readonly hostKey: string;
}

/** As the state has it. */
export interface Connection extends Hop {
  /** The jump host that it is reached through. @default it is reached by itself */
  readonly proxy?: Hop;
}

/** Arguments of ssh before a command: no key is among them. */
export function sshArguments({ proxy, ...machine }: Connection, folder: string): readonly string[] {
  const through =
    proxy === undefined ? [] : ["-o", `ProxyCommand=${proxyCommand(hopArguments(proxy, folder, "jump-host"))}`];
  return [...through, ...hopArguments(machine, folder, "machine")];
}

function hopArguments(hop: Hop, folder: string, name: string): readonly string[] {
  const { host, port, user, hostKey } = hop;
  const knownHosts = path.join(folder, `${name}-known_hosts`);
  writeFileSync(knownHosts, `[${host}]:${port} ${hostKey}\n${host} ${hostKey}\n`);
  return [
    ...loginArguments(hop, path.join(folder, `${name}-key`)),
    ...["-p", String(port), "-o", `UserKnownHostsFile=${literal(knownHosts)}`],
    // Whatever ~/.ssh/config says: who is root there could use an agent that is lent.
    ...["-o", "StrictHostKeyChecking=yes", "-o", "ForwardAgent=no"],
    `${user}@${host}`,
  ];
}

function loginArguments({ privateKey, agentSocketPath }: Hop, key: string): readonly string[] {
  if (privateKey === undefined) {
    const agent = agentSocketPath === undefined ? "SSH_AUTH_SOCK" : literal(agentSocketPath);
    return ["-o", `IdentityAgent=${agent}`, "-o", "IdentityFile=none"];
  }
  writeFileSync(key, privateKey.trimEnd() + "\n", { mode: 0o600 });
  return ["-o", `IdentityFile=${literal(key)}`, "-o", "IdentitiesOnly=yes"];
}

/** A shell runs it, after ssh has put address and port of the machine where the signs are: the jump host resolves the name. */
function proxyCommand(args: readonly string[]): string {
  return `ssh -W '[%h]:%p' ${args.map((one) => literal(quote(one))).join(" ")}`;
}

/** ssh fills in what follows a percent sign, in paths too. */
function literal(text: string): string {
  return text.replaceAll("%", "%%");
}
