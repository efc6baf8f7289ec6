/** How ssh is told to enter a machine: by files in a folder that only this user can read, and through its jump host. */
import { writeFileSync } from "node:fs";
import * as path from "node:path";
import { quote } from "../provider/shell";

interface Hop {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly privateKey: string;
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

function hopArguments({ host, port, user, privateKey, hostKey }: Hop, folder: string, name: string): readonly string[] {
  const key = path.join(folder, `${name}-key`);
  const knownHosts = path.join(folder, `${name}-known_hosts`);
  writeFileSync(key, privateKey.trimEnd() + "\n", { mode: 0o600 });
  writeFileSync(knownHosts, `[${host}]:${port} ${hostKey}\n${host} ${hostKey}\n`);
  return [
    ...["-o", `IdentityFile=${literal(key)}`, "-p", String(port), "-o", `UserKnownHostsFile=${literal(knownHosts)}`],
    ...["-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=yes"],
    `${user}@${host}`,
  ];
}

/** A shell runs it, after ssh has put address and port of the machine where the signs are: the jump host resolves the name. */
function proxyCommand(args: readonly string[]): string {
  return `ssh -W '[%h]:%p' ${args.map((one) => literal(quote(one))).join(" ")}`;
}

/** ssh fills in what follows a percent sign, in paths too. */
function literal(text: string): string {
  return text.replaceAll("%", "%%");
}
