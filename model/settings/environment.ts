/** What the settings take from the environment. Pure: the environment is handed in. */
import * as path from "node:path";
import type { Environment } from "../../infra/fields";

/**
 * Files where podman, skopeo and docker keep registry credentials, in the order that podman reads them
 * (containers-auth.json(5)); with DOCKER_CONFIG its file comes first, as it does for podman 4.3, and hides that of the session.
 * @param uid of this process; undefined where there is none
 */
export function authFiles(env: Environment, uid: number | undefined): string[] {
  const {
    REGISTRY_AUTH_FILE: only,
    XDG_RUNTIME_DIR: runtime,
    XDG_CONFIG_HOME: config,
    DOCKER_CONFIG: docker,
    HOME: home,
  } = env;
  if (only) return [only];
  const inHome = (...parts: string[]): string[] => (home ? [path.join(home, ...parts)] : []);
  // Without a session, as for root over ssh, in cron or in a container, podman login has a place of its own.
  const session = uid === undefined ? [] : [`/run/containers/${uid}/auth.json`];
  const first = runtime ? [path.join(runtime, "containers", "auth.json")] : session;
  return [
    ...(docker ? [path.join(docker, "config.json")] : first),
    ...(config ? [path.join(config, "containers", "auth.json")] : inHome(".config", "containers", "auth.json")),
    ...(docker ? [] : inHome(".docker", "config.json")),
    ...inHome(".dockercfg"),
  ];
}

/** The proxies that this machine's tools use; capital letters come first, as in those written in Go. */
export function proxies(env: Environment): { https?: string; http?: string; no?: string } {
  const first = (name: string) => env[name.toUpperCase()] || env[name];
  const [https, http, no] = ["https_proxy", "http_proxy", "no_proxy"].map(first);
  return { ...(https ? { https } : {}), ...(http ? { http } : {}), ...(no ? { no } : {}) };
}

/** Where this user's programs keep what may go at any time; undefined for one without a home. Source: XDG Base Directory Specification. */
export function cacheFolder({ XDG_CACHE_HOME: cache, HOME: home }: Environment): string | undefined {
  // A relative one is no place.
  const base = cache && path.isAbsolute(cache) ? cache : home && path.join(home, ".cache");
  return base ? path.join(base, "copr-builders", "contexts") : undefined;
}

/** Where this system keeps the authorities that it trusts: Debian, Fedora, SUSE (as Go's crypto/x509 looks for them). */
const SYSTEM_AUTHORITIES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
];

/** Certificates that registries are checked with, beside those that node brings: containers-certs.d(5). */
export function certificatePlaces(env: Environment): { folders: string[]; authorities: string[] } {
  const { HOME: home, SSL_CERT_FILE: file, NODE_EXTRA_CA_CERTS: extra } = env;
  return {
    folders: [
      ...(home ? [path.join(home, ".config", "containers", "certs.d")] : []),
      ...["/etc/containers/certs.d", "/etc/docker/certs.d"],
    ],
    authorities: [...(file ? [file] : SYSTEM_AUTHORITIES), ...(extra ? [extra] : [])],
  };
}

/** True for `HOST[:PORT][/PATH]` on this machine, where plain http harms nobody. */
export function isLoopback(registry: string): boolean {
  const host = /^(\[[^\]]*\]|[^:/]*)/.exec(registry)?.[1] ?? "";
  return host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}
