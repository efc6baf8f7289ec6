/** Registry credentials from the files that podman, skopeo and docker keep. */
import { readFile } from "node:fs/promises";

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/**
 * Credentials for a repository from the first file that has some; the most specific entry of a file wins
 * (containers-auth.json(5): `quay.io/namespace/name`, `quay.io/namespace`, `quay.io`).
 */
export async function findCredentials(
  files: readonly string[],
  registry: string,
  repository: string,
): Promise<Credentials | undefined> {
  for (const file of files) {
    const entries = await readAuths(file);
    for (const key of keys(registry, repository)) {
      const auth = entries[key];
      if (auth !== undefined) return decode(file, key, auth);
    }
  }
  return undefined;
}

function keys(registry: string, repository: string): string[] {
  const parts = [registry, ...repository.split("/")];
  const specific = parts.map((_, index) => parts.slice(0, parts.length - index).join("/"));
  // docker login writes Docker Hub under its first address.
  return registry === "docker.io" ? [...specific, "https://index.docker.io/v1/"] : specific;
}

async function readAuths(file: string): Promise<Readonly<Record<string, string>>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    // Most of the usual files are not there on most machines.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new Error(`registry credentials in ${file} can't be read; make the file readable`, { cause: error });
  }
  const auths = (parse(file, text) as { readonly auths?: unknown } | null)?.auths;
  const entries = Object.entries((auths ?? {}) as Readonly<Record<string, { readonly auth?: unknown } | null>>);
  return Object.fromEntries(
    entries.flatMap(([key, entry]) => (typeof entry?.auth === "string" ? [[key, entry.auth]] : [])),
  );
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's message quotes the text, which holds passwords.
    throw new Error(`registry credentials in ${file} are not JSON; log in again with "podman login"`);
  }
}

function decode(file: string, key: string, auth: string): Credentials {
  const text = Buffer.from(auth, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 1) throw new Error(`registry credentials for ${key} in ${file} are malformed; log in again`);
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
