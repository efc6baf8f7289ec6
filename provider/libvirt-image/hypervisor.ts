/** Where a libvirt URI leads: which command gives a shell there, and which URI virsh takes there. */

export interface Hypervisor {
  /** Gives a shell that reads its script from standard input; arguments of the script follow. */
  readonly command: string;
  readonly args: readonly string[];
  /** For `virsh -c` in that shell. */
  readonly virshUri: string;
}

/** Parameters of a URI that change how ssh connects; any other would be dropped in silence. */
const SSH_PARAMETERS: ReadonlySet<string> = new Set(["keyfile", "known_hosts", "socket"]);

/** @throws Error that says what is wrong with the URI */
export function hypervisor(uri: string): Hypervisor {
  const url = parse(uri);
  switch (url.protocol) {
    case "qemu:":
    case "qemu+unix:":
      if (url.host !== "")
        throw new Error(`"${uri}" names a host: for another machine use qemu+ssh://HOST${url.pathname}`);
      return { command: "sh", args: ["-s"], virshUri: uri };
    case "qemu+ssh:":
      return overSsh(uri, url);
    default:
      throw new Error(
        `"${uri}" is none of qemu:///system, qemu+unix:///system?socket=PATH, qemu+ssh://USER@HOST/system`,
      );
  }
}

function parse(uri: string): URL {
  let url: URL;
  try {
    url = new URL(uri);
  } catch (cause) {
    throw new Error(`"${uri}" is no URI; a local hypervisor is qemu:///system`, { cause });
  }
  if (url.protocol === "qemu+ssh:" && url.hostname === "") throw new Error(`"${uri}" needs a host name`);
  if (!["/system", "/session"].includes(url.pathname)) throw new Error(`"${uri}" needs the path /system or /session`);
  return url;
}

function overSsh(uri: string, url: URL): Hypervisor {
  const wrong = [...url.searchParams.keys()].filter((name) => !SSH_PARAMETERS.has(name));
  if (wrong.includes("no_verify")) throw new Error(`"${uri}": no_verify is refused, the host key is always checked`);
  if (wrong.length > 0) throw new Error(`"${uri}" has parameters that are not known here: ${wrong.join(", ")}`);
  const keyfile = url.searchParams.get("keyfile");
  const knownHosts = url.searchParams.get("known_hosts");
  const socket = url.searchParams.get("socket");
  const options = [
    // Fail instead of asking, and instead of trusting a machine that nobody has vouched for.
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    "ConnectTimeout=15",
    "ServerAliveInterval=15",
    "ServerAliveCountMax=4",
    ...(knownHosts === null ? [] : [`UserKnownHostsFile=${knownHosts}`]),
  ];
  const target = url.username === "" ? url.hostname : `${decodeURIComponent(url.username)}@${url.hostname}`;
  return {
    command: "ssh",
    args: [
      ...options.flatMap((option) => ["-o", option]),
      ...(keyfile === null ? [] : ["-i", keyfile]),
      ...(url.port === "" ? [] : ["-p", url.port]),
      target,
      "--",
      "sh",
      "-s",
    ],
    virshUri: socket === null ? `qemu://${url.pathname}` : `qemu+unix://${url.pathname}?socket=${socket}`,
  };
}
