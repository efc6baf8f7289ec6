/** What a libvirt connection URI may look like here, and what is wrong with one that does not. */

const ALLOWED = "use qemu, qemu+ssh or qemu+unix";
const HOST = /^(?:[A-Za-z0-9._-]+@)?(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::(\d+))?$/;

/**
 * The problem with a URI, as `what is wrong; what to do`, or undefined if it is good.
 * Form: `driver[+transport]://[user@][host][:port]/path[?parameters]` (https://libvirt.org/uri.html).
 */
export function libvirtUriProblem(uri: string): string | undefined {
  const shown = JSON.stringify(uri);
  const parts = /^([a-z][a-z0-9]*)(?:\+([a-z0-9]+))?:\/\/([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?$/.exec(uri);
  if (!parts) return `${shown} is not a libvirt URI; write e.g. qemu:///system or qemu+ssh://HOST/system`;
  const [, driver, transport, authority = "", path = "", query = ""] = parts;

  const scheme = transport === undefined ? driver : `${driver}+${transport}`;
  if (driver !== "qemu") return `${shown} has the scheme ${scheme}, which is not supported; ${ALLOWED}`;
  const problem = transportProblem(transport, authority);
  if (problem !== undefined) return `${shown} ${problem}`;
  if (path !== "/system" && path !== "/session") return `${shown} has no such path; end it with /system or /session`;
  const parameter = parameterProblem(query);
  return parameter === undefined ? undefined : `${shown} ${parameter}`;
}

function transportProblem(transport: string | undefined, authority: string): string | undefined {
  switch (transport) {
    case undefined:
      // libvirt takes a host without a transport for TLS.
      return authority === "" ? undefined : `means TLS, which is not supported; write qemu+ssh://${authority}/system`;
    case "unix":
      return authority === "" ? undefined : "has a host name, but qemu+unix is this machine's; leave it out";
    case "ssh":
      return sshAuthorityProblem(authority);
    default:
      return `has the scheme qemu+${transport}, which is not supported; ${ALLOWED}`;
  }
}

function sshAuthorityProblem(authority: string): string | undefined {
  const host = authority.replace(/^[^@]*@/, "");
  if (host === "" || host.startsWith(":")) return "needs a host name; write qemu+ssh://HOST/system";
  if (/^[^@]*:[^@]*@/.test(authority)) return "holds a password; leave it out and use an ssh key";
  const match = HOST.exec(authority);
  if (!match) return `has a malformed host name ${JSON.stringify(host)}; write qemu+ssh://HOST/system`;
  const port = match[1] === undefined ? 22 : Number(match[1]);
  return port >= 1 && port <= 65535 ? undefined : `has the port ${port}; use one from 1 to 65535`;
}

function parameterProblem(query: string): string | undefined {
  const parameters = new URLSearchParams(query);
  const socket = parameters.get("socket");
  if (socket !== null && !socket.startsWith("/")) return "has a relative socket; write its absolute path";
  for (const [name, value] of [
    ["no_verify", "1"],
    ["known_hosts_verify", "ignore"],
  ] as const) {
    if (parameters.get(name) === value) return `switches the check of host keys off; leave out ${name}=${value}`;
  }
  return undefined;
}
