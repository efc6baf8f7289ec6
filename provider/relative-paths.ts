/**
 * Relative paths in the environment mean the folder that pulumi was started in: that is how pulumi itself reads them, while the
 * programs and plugins that it starts run in folders of their own.
 */
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** Variables whose value is one path, of this program's tools and of those that it starts. */
const PATHS = [
  ...["PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_CREDENTIALS_PATH", "PULUMI_HOME"],
  ...["AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CA_BUNDLE"],
  ...["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "GOOGLE_APPLICATION_CREDENTIALS", "OS_CLIENT_CONFIG_FILE"],
  ...["AZURE_FEDERATED_TOKEN_FILE", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CONFIG_DIR"],
  ...["REGISTRY_AUTH_FILE", "DOCKER_CONFIG", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"],
] as const;

/** Those of the variables that hold a relative path, made absolute: nothing where there are none. */
export function absolutePaths(env: Readonly<NodeJS.ProcessEnv>, folder: string): Record<string, string> {
  const paths = PATHS.flatMap((name): [string, string][] => {
    const path = env[name];
    return path ? [[name, resolve(folder, path)]] : [];
  });
  const { PULUMI_BACKEND_URL: backend } = env;
  const all = backend ? [...paths, ["PULUMI_BACKEND_URL", absoluteBackend(backend, folder)] as const] : paths;
  return Object.fromEntries(all.filter(([name, value]) => value !== env[name]));
}

/** A `file://` backend as pulumi reads it (pkg/backend/diy): the rest is a path, `~` is the home folder. */
export function absoluteBackend(url: string, folder: string): string {
  const [, path, query = ""] = /^file:\/\/(?!~)([^?]*)(\?.*)?$/s.exec(url) ?? [];
  return path === undefined ? url : `file://${resolve(folder, path)}${query}`;
}

/** The backend that `pulumi login` has chosen, where it is a folder. */
export function loginBackend(env: Readonly<NodeJS.ProcessEnv>): string | undefined {
  const { PULUMI_CREDENTIALS_PATH: credentials, PULUMI_HOME: home, HOME: user } = env;
  const folder = credentials || home || (user ? join(user, ".pulumi") : undefined);
  if (folder === undefined || !existsSync(join(folder, "credentials.json"))) return undefined;
  const { current } = JSON.parse(readFileSync(join(folder, "credentials.json"), "utf8")) as { current?: unknown };
  return typeof current === "string" && current.startsWith("file://") ? current : undefined;
}

/** The folder of the nearest pulumi above this process; where no such process can be seen, that of the project. */
export function startFolder(): string {
  try {
    for (let pid = process.ppid; pid > 1; pid = parentOf(pid)) {
      if (basename(readlinkSync(`/proc/${pid}/exe`)) === "pulumi") return readlinkSync(`/proc/${pid}/cwd`);
    }
  } catch {
    // No /proc, or the process is another user's.
  }
  return projectAround(process.cwd());
}

function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in brackets may hold blanks and brackets itself: fields are counted from the last one.
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

function projectAround(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, "Pulumi.yaml"))) return at;
    if (dirname(at) === at) return folder;
  }
}
