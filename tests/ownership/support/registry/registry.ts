/** The real registry, over TLS, on loopback: who may have its images is said by a file of passwords or by a token server. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { findCommand } from "../../../../cli/local/commands";
import { isTaken } from "../../../../cli/local/daemon";
import { startService } from "../../../../standins/world/process";
import { freePort } from "../../../../contract/testing/free-port";
import { ISSUER, SERVICE, type TokenServer } from "./token-server";

export interface Registry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly port: number;
  /** Manifests that it has given, `REPOSITORY@DIGEST` or `REPOSITORY:TAG`, each once. */
  given(): string[];
  readonly stop: () => Promise<void>;
}

export type Auth =
  | { readonly kind: "passwords"; readonly text: string }
  | { readonly kind: "tokens"; readonly server: TokenServer; readonly certificate: string };

export interface RegistryArgs {
  /** Is made. */
  readonly folder: string;
  /** What several registries may have in common: their images. */
  readonly images: string;
  /** Files. @default plain http */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** @default everybody may do everything */
  readonly auth?: Auth;
}

export async function startRegistry({ folder, images, tls, auth }: RegistryArgs): Promise<Registry> {
  mkdirSync(folder);
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const config = join(folder, "config.yml");
  const log = join(folder, "log");
  writeFileSync(
    config,
    stringify({
      version: 0.1,
      log: { level: "error" },
      storage: { filesystem: { rootdirectory: images } },
      http: { addr: host, ...(tls && { tls: { certificate: tls.certificate, key: tls.key } }) },
      ...(auth && { auth: authOf(auth, folder) }),
    }),
  );
  const stop = await startService({
    name: "the registry",
    command: findCommand("docker-registry", "registry"),
    args: ["serve", config],
    log,
    ready: () => isTaken(port),
  });
  const given = (): string[] => {
    const lines = readFileSync(log, "utf8").matchAll(/"(?:GET|HEAD) \/v2\/(\S+)\/manifests\/(\S+) \S+" 200 /g);
    return [
      ...new Set([...lines].map(([, name = "", of = ""]) => `${name}${of.includes(":") ? "@" : ":"}${of}`)),
    ].sort();
  };
  return { host, port, given, stop };
}

function authOf(auth: Auth, folder: string): Readonly<Record<string, object>> {
  switch (auth.kind) {
    case "passwords": {
      const path = join(folder, "htpasswd");
      writeFileSync(path, auth.text);
      return { htpasswd: { realm: "images", path } };
    }
    case "tokens":
      return {
        token: { realm: auth.server.realm, service: SERVICE, issuer: ISSUER, rootcertbundle: auth.certificate },
      };
  }
}
