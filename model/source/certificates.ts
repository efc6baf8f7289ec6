/** Certificates of a registry's own, where podman looks for them: containers-certs.d(5). */
import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import * as tls from "node:tls";

export interface CertificatePlaces {
  /** Folders with a folder for each `HOST[:PORT]`; the first that has one decides. */
  readonly folders: readonly string[];
  /** Files with further authorities, those of this system above all; one that is not there is passed over. */
  readonly authorities: readonly string[];
}

/** What a connection to a host is checked with. @throws if a file that is there can't be read */
export function certificateReader({ folders, authorities }: CertificatePlaces) {
  // Some 300 authorities take node a fifth of a second each time, and most hosts have no certificates of their own.
  const made = new Map<string, Checked>();
  return (host: string): Checked => {
    const own = filesFor(host, folders);
    const key = own.join("\0");
    const found = made.get(key) ?? { secureContext: tls.createSecureContext(read(own, authorities)) };
    made.set(key, found);
    return found;
  };
}

/** As options of a connection have it. */
export interface Checked {
  readonly secureContext: tls.SecureContext;
}

function read(own: readonly string[], authorities: readonly string[]): tls.SecureContextOptions {
  const more = authorities.flatMap((file) => readIfThere(file) ?? []);
  const cas = authoritiesIn(own);
  const client = own.find((file) => file.endsWith(".cert"));
  // node's own list is left out as soon as any other is given.
  const ca = more.length + cas.length === 0 ? {} : { ca: [...tls.rootCertificates, ...more, ...cas] };
  if (client === undefined) return ca;
  return { ...ca, cert: readFileSync(client), key: readFileSync(client.replace(/\.cert$/, ".key")) };
}

/** Texts of the files with authorities for a host, `HOST[:PORT]`. */
export function authoritiesFor(host: string, folders: CertificatePlaces["folders"]): string[] {
  return authoritiesIn(filesFor(host, folders));
}

function authoritiesIn(files: readonly string[]): string[] {
  return files.filter((file) => file.endsWith(".crt")).map((file) => readFileSync(file, "utf8"));
}

function filesFor(host: string, folders: CertificatePlaces["folders"]): string[] {
  const folder = folders.map((one) => path.join(one, host)).find((one) => names(one) !== undefined);
  return folder === undefined ? [] : (names(folder) ?? []).map((name) => path.join(folder, name));
}

function names(folder: string): string[] | undefined {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");
}
