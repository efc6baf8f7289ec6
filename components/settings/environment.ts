/** What the settings take from the environment. Pure: the environment is handed in. */
import * as path from "node:path";
import type { SettingsDefaults } from "../../infra/specs";
import type { Environment } from "./types";

export function environmentDefaults(env: Environment): SettingsDefaults {
  const { LIBVIRT_DEFAULT_URI: libvirtUri, COPR_BUILDERS_OPERATOR_CIDR: operatorCidr } = env;
  return { ...(libvirtUri ? { libvirtUri } : {}), ...(operatorCidr ? { operatorCidr } : {}) };
}

/** Files where podman, skopeo and docker keep registry credentials, in the order that podman reads them. */
export function authFiles(env: Environment): string[] {
  const {
    REGISTRY_AUTH_FILE: only,
    XDG_RUNTIME_DIR: runtime,
    XDG_CONFIG_HOME: config,
    DOCKER_CONFIG: docker,
    HOME: home,
  } = env;
  if (only) return [only];
  const inHome = (...parts: string[]): string[] => (home ? [path.join(home, ...parts)] : []);
  return [
    ...(runtime ? [path.join(runtime, "containers", "auth.json")] : []),
    ...(config ? [path.join(config, "containers", "auth.json")] : inHome(".config", "containers", "auth.json")),
    ...(docker ? [path.join(docker, "config.json")] : inHome(".docker", "config.json")),
  ];
}

/** True for `HOST[:PORT][/PATH]` on this machine, where plain http harms nobody. */
export function isLoopback(registry: string): boolean {
  const host = /^(\[[^\]]*\]|[^:/]*)/.exec(registry)?.[1] ?? "";
  return host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}
