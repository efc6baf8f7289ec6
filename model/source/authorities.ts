/** What a new worker checks registries with as this machine does: the authorities that `certs.d` has for those it pulls from. */
import * as tls from "node:tls";
import { UserError } from "../../contract/user-error";
import { authoritiesFor } from "./certificates";
import { elsewhere } from "./prefix";
import { parseReference } from "./reference";
import type { LoginSettings } from "./logins";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** They travel in an environment variable with the rest of the job, whose size Linux limits to 128 KiB. */
const MOST_BYTES = 32 * 1024;

/**
 * @param references that a worker pulls
 * @returns PEM, each once; those that every machine has are left out
 */
export function workerAuthorities(
  references: readonly string[],
  { certificates, registries }: Pick<LoginSettings, "certificates" | "registries">,
): string[] {
  const hosts = references.flatMap((reference) => {
    const { registry, repository } = parseReference(reference);
    return [registry, hostOf(elsewhere(`${registry}/${repository}`, registries))];
  });
  const folders = certificates?.folders ?? [];
  const known = new Set(tls.rootCertificates.map(bare));
  const found = new Map<string, string>();
  for (const host of new Set(hosts)) {
    const own = authoritiesFor(host, folders).flatMap((text) => text.match(CERTIFICATE) ?? []);
    for (const one of own.filter((text) => !known.has(bare(text)))) found.set(bare(one), one);
    const bytes = [...found.values()].reduce((sum, text) => sum + text.length, 0);
    if (bytes > MOST_BYTES)
      throw new UserError(
        `certs.d/${host} has ${own.length} authorities, more than a worker can be sent; leave in it those alone that sign for ${host}`,
      );
  }
  return [...found.values()];
}

const hostOf = (name: string): string => name.replace(/\/.*$/, "");

/** The same certificate is the same text, however its lines end. */
const bare = (pem: string): string => pem.replace(/\s/g, "");
