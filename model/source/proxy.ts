/** Which proxy a request goes through, as podman and the other tools written in Go decide it (golang.org/x/net/http/httpproxy). */
import { UserError } from "../../contract/user-error";
import { BlockList, isIP } from "node:net";

export interface Proxies {
  /** For https, HTTPS_PROXY. */
  readonly https?: string;
  /** For plain http, HTTP_PROXY. */
  readonly http?: string;
  /** Hosts that are asked directly, NO_PROXY. */
  readonly no?: string;
}

/** Undefined for what is asked directly. @throws if the proxy's address is none */
export function proxyFor(url: URL, { https, http, no = "" }: Proxies): URL | undefined {
  const proxy = url.protocol === "https:" ? https : http;
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (!proxy || isOwn(host) || isExcepted(host, url.port || (url.protocol === "https:" ? "443" : "80"), no)) {
    return undefined;
  }
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
  const setting = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  if (!URL.canParse(address)) throw new UserError(`${setting} is not an address; write http://HOST:PORT`);
  const parsed = new URL(address);
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") {
    throw new UserError(
      `${setting} has a proxy of the kind ${parsed.protocol}//, which is not used here; write http://HOST:PORT`,
    );
  }
  return parsed;
}

/** This machine itself is never asked through a proxy. */
function isOwn(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function isExcepted(host: string, port: string, no: string): boolean {
  return no
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== "")
    .some((entry) => entry === "*" || matches(host, port, entry));
}

function matches(host: string, port: string, entry: string): boolean {
  const [, network = "", bits = ""] = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry) ?? [];
  if (network !== "") return inNetwork(host, network, Number(bits));
  // An IPv6 address has colons of its own; with a port it stands in brackets.
  const [, name = entry, wantedPort] = isIP(entry) === 6 ? [] : (/^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(entry) ?? []);
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const suffix = name.replace(/^\*(?=\.)/, "");
  if (suffix.startsWith(".")) return host.endsWith(suffix);
  return host === suffix || (isIP(host) === 0 && host.endsWith(`.${suffix}`));
}

function inNetwork(host: string, network: string, bits: number): boolean {
  const [family, ours] = [isIP(network), isIP(host)];
  if (family === 0 || family !== ours || bits > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, family === 4 ? "ipv4" : "ipv6");
  return list.check(host, family === 4 ? "ipv4" : "ipv6");
}
