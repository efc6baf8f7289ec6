/**
 * What a libvirt connection URI may look like here, and what it says: `driver[+transport]://[user@][host][:port]/path[?parameters]`
 * (https://libvirt.org/uri.html). Whatever one of its readers (our own ssh, virsh, terraform-provider-libvirt 0.8.3) would
 * understand otherwise than another is refused.
 */
export interface LibvirtUri {
  /** Absent for this machine's own. */
  readonly host?: {
    /** Without the brackets of an IPv6 address. */
    readonly name: string;
    readonly user?: string;
    readonly port?: number;
  };
  readonly path: "/system" | "/session";
  /** Of the machine that libvirt is on, absolute. */
  readonly socket?: string;
  readonly keyfile?: string;
  readonly knownHosts?: string;
  /** What may be tried, in this order: `agent`, `privkey`. */
  readonly auth?: string;
}

const ALLOWED = "use qemu, qemu+ssh or qemu+unix";
/** Aliases of ssh_config and names of many a network have underscores. */
const AUTHORITY = /^(?:([^@]*)@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_](?:[\w.-]*\w)?)(?::(\d+))?$/;
/** After its percent signs are resolved; no option of ssh, and nothing that ends it. */
const USER = /^[A-Za-z0-9_.][A-Za-z0-9_.@+\\-]*$/;

class UriProblem extends Error {}

/** The problem with a URI, as `what is wrong; what to do`, or undefined if it is good. */
export function libvirtUriProblem(uri: string): string | undefined {
  try {
    parseLibvirtUri(uri);
    return undefined;
  } catch (error) {
    if (error instanceof UriProblem) return error.message;
    throw error;
  }
}

/** @throws Error that says what is wrong with the URI, and what to write */
export function parseLibvirtUri(uri: string): LibvirtUri {
  const shown = JSON.stringify(uri);
  const refuse = (problem: string): never => {
    throw new UriProblem(`${shown} ${problem}`);
  };
  const parts = /^([a-z][a-z0-9]*)(?:\+([a-z0-9]+))?:\/\/([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?$/.exec(uri);
  if (!parts) return refuse("is not a libvirt URI; write e.g. qemu:///system or qemu+ssh://HOST/system");
  const [, driver, transport, authority = "", path = "", query = ""] = parts;
  const scheme = transport === undefined ? driver : `${driver}+${transport}`;
  if (driver !== "qemu") return refuse(`has the scheme ${scheme}, which is not supported; ${ALLOWED}`);
  const host = parseHost(transport, authority, refuse);
  if (path !== "/system" && path !== "/session") return refuse("has no such path; end it with /system or /session");
  const parameters = parseParameters(query, transport, refuse);
  if (host && path === "/session" && parameters.socket === undefined) {
    return refuse("has a session without its socket; add ?socket=/run/user/UID/libvirt/libvirt-sock of that machine");
  }
  return { ...(host && { host }), path, ...parameters };
}

type Refuse = (problem: string) => never;

function parseHost(transport: string | undefined, authority: string, refuse: Refuse): LibvirtUri["host"] {
  switch (transport) {
    case undefined:
      // libvirt takes a host without a transport for TLS.
      return authority === ""
        ? undefined
        : refuse(`means TLS, which is not supported; write qemu+ssh://${authority}/system`);
    case "unix":
      return authority === "" ? undefined : refuse("has a host name, but qemu+unix is this machine's; leave it out");
    case "ssh":
      return parseAuthority(authority, refuse);
    default:
      return refuse(`has the scheme qemu+${transport}, which is not supported; ${ALLOWED}`);
  }
}

function parseAuthority(authority: string, refuse: Refuse): LibvirtUri["host"] {
  const rest = authority.replace(/^[^@]*@/, "");
  if (rest === "" || rest.startsWith(":")) return refuse("needs a host name; write qemu+ssh://HOST/system");
  if (/^[^@]*:[^@]*@/.test(authority)) return refuse("holds a password; leave it out and use an ssh key");
  const match = AUTHORITY.exec(authority);
  if (!match) return refuse(`has a malformed host name ${JSON.stringify(rest)}; write qemu+ssh://HOST/system`);
  const [, encoded, host = "", digits] = match;
  const user = encoded === undefined ? undefined : decode(encoded, refuse);
  if (user !== undefined && !USER.test(user))
    return refuse(`has a malformed user ${JSON.stringify(user)}; name the user`);
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > 65535)) return refuse(`has the port ${port}; use one from 1 to 65535`);
  return {
    name: host.replace(/^\[|\]$/g, ""),
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port }),
  };
}

type Parameters = Pick<LibvirtUri, "socket" | "keyfile" | "knownHosts" | "auth">;

function parseParameters(query: string, transport: string | undefined, refuse: Refuse): Parameters {
  // Between parameters for libvirt, and part of a value for others.
  if (query.includes(";"))
    refuse("has a semicolon in its parameters; write & between them, and %3B for one in a value");
  const given = new Map<string, string>();
  for (const one of query.split("&").filter((one) => one !== "")) {
    const at = one.indexOf("=");
    // A plus is a plus: readers differ in what it is else.
    const [name, value] = at === -1 ? [one, ""] : [one.slice(0, at), decode(one.slice(at + 1), refuse)];
    if (given.has(name)) refuse(`has ${name} twice; leave one out`);
    given.set(name, value);
  }
  const found: { -readonly [K in keyof Parameters]: Parameters[K] } = {};
  for (const [name, value] of given) {
    // Also without a transport: virsh and the plugin take that for qemu+unix.
    if (name === "socket") found.socket = absolute(name, value, refuse);
    else if (transport !== "ssh") refuse(`has the parameter ${name}, which means nothing here; leave it out`);
    else readSshParameter(name, value, found, refuse);
  }
  if (found.auth === "agent" && found.keyfile !== undefined) {
    refuse("names a keyfile that sshauth=agent makes nothing of; leave one of them out");
  }
  return found;
}

function readSshParameter(
  name: string,
  value: string,
  found: { -readonly [K in keyof Parameters]: Parameters[K] },
  refuse: Refuse,
): void {
  switch (name) {
    case "keyfile":
      found.keyfile = absolute(name, value, refuse);
      return;
    // libvirt's own name, and the one that the libvirt plugin reads.
    case "known_hosts":
    case "knownhosts": {
      const file = absolute(name, value, refuse);
      if (found.knownHosts !== undefined && found.knownHosts !== file)
        refuse("has two files of known hosts; leave one out");
      found.knownHosts = file;
      return;
    }
    case "sshauth":
      if (!/^(agent|privkey|agent,privkey|privkey,agent)$/.test(value)) {
        refuse(`has sshauth=${value}; use agent, privkey or both with a comma`);
      }
      found.auth = value;
      return;
    // There is never a terminal, and what is normal is what is done.
    case "no_tty":
      return;
    case "known_hosts_verify":
      if (value === "normal") return;
      return refuse(`switches the check of host keys off; leave out ${name}=${value}`);
    // The libvirt plugin goes by its presence, whatever it is.
    case "no_verify":
      return refuse(`switches the check of host keys off; leave out ${name}=${value}`);
    default:
      return refuse(
        `has the parameter ${name}, which not all that connects here takes; leave it out (known: keyfile, knownhosts, sshauth, socket)`,
      );
  }
}

/** Both ssh and the libvirt plugin put variables and the like into paths, each its own. */
function absolute(name: string, path: string, refuse: Refuse): string {
  if (!path.startsWith("/")) {
    return refuse(
      name === "socket"
        ? "has a relative socket; write its absolute path"
        : `has a relative ${name}; write its absolute path`,
    );
  }
  if (/[$%"\\\p{Cc}]/u.test(path)) return refuse(`has a ${name} with one of $ % " \\ in it; name another path`);
  return path;
}

function decode(text: string, refuse: Refuse): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse("has a percent sign that stands for nothing; write %25 for one");
  }
}
