/** Where a libvirt URI leads, for each that connects: which command gives a shell there, and which URI virsh and the plugin take. */
import { quote } from "../../../../provider/shell";
import { parseLibvirtUri, type LibvirtUri } from "./uri";

export interface Hypervisor {
  /** Gives a shell that reads its script from standard input. */
  readonly command: string;
  readonly args: readonly string[];
  /** For `virsh -c` in that shell. */
  readonly virshUri: string;
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
    virshUri: socket === undefined ? `qemu://${path}` : `qemu+unix://${path}?socket=${encodePath(socket)}`,
  };
}

function sshArgs({ keyfile, knownHosts, auth }: LibvirtUri, host: NonNullable<LibvirtUri["host"]>): string[] {
  const options = [
    // Fail instead of asking, and instead of trusting a machine that nobody has vouched for.
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    "ConnectTimeout=15",
    "ServerAliveInterval=15",
    "ServerAliveCountMax=4",
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
    host.user === undefined ? host.name : `${host.user}@${host.name}`,
  ];
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
  const { host, path, keyfile, knownHosts, auth, socket } = parseLibvirtUri(uri);
  if (host === undefined) return uri;
  const user = host.user === undefined ? "" : `${encodeURIComponent(host.user)}@`;
  const name = host.name.includes(":") ? `[${host.name}]` : host.name;
  const port = host.port === undefined ? "" : `:${host.port}`;
  const query = Object.entries({ keyfile, knownhosts: knownHosts, sshauth: auth, socket })
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${encodePath(value)}`]))
    .join("&");
  return `qemu+ssh://${user}${name}${port}${path}${query === "" ? "" : `?${query}`}`;
}

function encodePath(path: string): string {
  return encodeURIComponent(path).replaceAll("%2F", "/").replaceAll("%2C", ",");
}
