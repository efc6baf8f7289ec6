/** Where a libvirt URI leads, for each that connects: which command gives a shell there, and which URI virsh and the plugin take. */
import { spawnSync } from "node:child_process";
import { userInfo } from "node:os";
import { quote } from "../../../../provider/shell";
import { parseLibvirtUri, type LibvirtUri } from "./uri";

export interface Hypervisor {
  /** Gives a shell that reads its script from standard input. */
  readonly command: string;
  readonly args: readonly string[];
  /** For `virsh -c` in that shell. */
  readonly virshUri: string;
  /** Who logs in there; absent for this machine's own. */
  readonly user?: string;
}

/**
 * @param words arguments of the script
 * @throws Error that says what is wrong with the URI
 */
export function hypervisor(uri: string, words: readonly string[] = []): Hypervisor {
  const parsed = parseLibvirtUri(uri);
  const { host, path, socket } = parsed;
  if (host === undefined) return { command: "sh", args: ["-s", ...words], virshUri: uri };
  return {
    command: "ssh",
    args: [...sshArgs(parsed, host), "--", "sh", "-s", ...words.map(remoteWord)],
    user: userOf(host),
    virshUri: socket === undefined ? `qemu://${path}` : `qemu+unix://${path}?socket=${encodePath(socket)}`,
  };
}

function sshArgs(uri: LibvirtUri, host: NonNullable<LibvirtUri["host"]>): string[] {
  const { keyfile, knownHosts } = uri;
  const auth = authOf(uri);
  const options = [
    // Fail instead of asking, and instead of trusting a machine that nobody has vouched for.
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    "ConnectTimeout=15",
    "ServerAliveInterval=15",
    "ServerAliveCountMax=4",
    // Whatever ~/.ssh/config says: who is root there could use an agent that is lent.
    "ForwardAgent=no",
    // ssh cuts what it is given into words, as a shell does, unless that is in quotes.
    ...(knownHosts === undefined
      ? []
      : [`UserKnownHostsFile=${/^[\w./-]+$/.test(knownHosts) ? knownHosts : `"${knownHosts}"`}`]),
    ...(auth === "privkey" ? ["IdentityAgent=none"] : []),
    ...(auth === "agent" ? ["IdentityFile=none"] : []),
  ];
  return [
    ...options.flatMap((option) => ["-o", option]),
    ...(keyfile === undefined ? [] : ["-i", keyfile]),
    ...(host.port === undefined ? [] : ["-p", String(host.port)]),
    // ssh takes no brackets, and splits at the last @.
    `${userOf(host)}@${host.name}`,
  ];
}

const users = new Map<string, string>();

/** The plugin logs in as nobody where a URI names no user, whatever ssh_config says: both are told whom ssh would take. */
function userOf({ name, user }: NonNullable<LibvirtUri["host"]>): string {
  const known = user ?? users.get(name);
  if (known !== undefined) return known;
  const { stdout } = spawnSync("ssh", ["-G", "--", name], { encoding: "utf8" });
  const found = /^user (.+)$/m.exec(stdout ?? "")?.[1] ?? userInfo().username;
  users.set(name, found);
  return found;
}

/**
 * An agent is asked beside a key file only where the URI says so; the plugin, given both, would try the agent's keys and never the
 * file. Without either it is as with ssh itself: what the user has.
 */
function authOf({ keyfile, auth }: LibvirtUri): string | undefined {
  return auth ?? (keyfile === undefined ? undefined : "privkey");
}

/** Runs virsh there, over the same ssh: libvirt's own ssh reads other parameters. */
export function virsh(uri: string, words: readonly string[]): { command: string; args: readonly string[] } {
  const parsed = isRemote(uri) ? parseLibvirtUri(uri) : undefined;
  if (parsed?.host === undefined) return { command: "virsh", args: ["-c", uri, ...words] };
  const { virshUri } = hypervisor(uri);
  const there = ["-c", virshUri, ...words].map(remoteWord);
  return { command: "ssh", args: [...sshArgs(parsed, parsed.host), "--", "virsh", ...there] };
}

/** A shell over there reads what ssh is told to run. */
function remoteWord(word: string): string {
  return /^[\w./:=,+-]+$/.test(word) ? word : quote(word);
}

function isRemote(uri: string): boolean {
  return uri.startsWith("qemu+ssh:");
}

/** The same for terraform-provider-libvirt, by the names of parameters that it reads. */
export function pluginUri(uri: string): string {
  if (uri === "qemu:///session" || uri === "qemu+unix:///session") {
    // Left to itself the plugin asks the system's libvirt, whatever the path is.
    const { XDG_RUNTIME_DIR: runtime = `/run/user/${process.getuid?.() ?? 0}` } = process.env;
    return `qemu+unix:///session?socket=${encodePath(`${runtime}/libvirt/libvirt-sock`)}`;
  }
  if (!isRemote(uri)) return uri;
  const parsed = parseLibvirtUri(uri);
  const { host, path, keyfile, knownHosts, socket } = parsed;
  if (host === undefined) return uri;
  const user = encodeURIComponent(userOf(host));
  const name = host.name.includes(":") ? `[${host.name}]` : host.name;
  const port = host.port === undefined ? "" : `:${host.port}`;
  const query = Object.entries({ keyfile, knownhosts: knownHosts, sshauth: authOf(parsed), socket })
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${encodePath(value)}`]))
    .join("&");
  return `qemu+ssh://${user}@${name}${port}${path}${query === "" ? "" : `?${query}`}`;
}

function encodePath(path: string): string {
  return encodeURIComponent(path).replaceAll("%2F", "/").replaceAll("%2C", ",");
}
