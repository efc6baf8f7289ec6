/** Registry credentials from the files and helpers that podman, skopeo and docker keep them in. */
import { UserError } from "../../contract/user-error";
import { readFile } from "node:fs/promises";
import * as path from "node:path";
import type { Credentials } from "./credential";
import { askHelper } from "./credential-helper";

interface AuthFile {
  readonly auths: Readonly<Record<string, AuthEntry>>;
  /** Registry to the name of its helper. */
  readonly helpers: Readonly<Record<string, string>>;
}

interface AuthEntry {
  readonly auth: string;
  readonly identityToken: string;
}

/**
 * Credentials for a repository from the first file that has some; in a file, the helper of the registry comes before the
 * entries, and the most specific entry wins (containers-auth.json(5): `quay.io/namespace/name`, `quay.io/namespace`, `quay.io`).
 * Entries without credentials, as `docker login` leaves them beside a helper, say nothing.
 */
export async function findCredentials(
  files: readonly string[],
  registry: string,
  repository: string,
): Promise<Credentials | undefined> {
  for (const file of files) {
    const { auths, helpers } = await readAuths(file);
    const helper = helpers[registryKey(registry)];
    const helped = helper === undefined ? undefined : await askHelper({ helper, registry, file });
    if (helped !== undefined) return helped;
    for (const key of keys(registry, repository)) {
      const entry = auths[key];
      if (entry === undefined) continue;
      if (entry.identityToken !== "") return { kind: "identity", token: entry.identityToken };
      if (entry.auth !== "") return decode(file, key, entry.auth);
    }
  }
  return undefined;
}

function keys(registry: string, repository: string): string[] {
  const parts = [registryKey(registry), ...repository.split("/")];
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("/"));
}

/** Docker Hub has three names; docker login writes the last one. */
function registryKey(registry: string): string {
  return ["docker.io", "registry-1.docker.io"].includes(registry) ? "index.docker.io" : registry;
}

/** `quay.io/a` is what it says; of an address, `https://quay.io/v1/`, the host counts alone (containers/image, `normalizeAuthFileKey`). */
function entryKey(written: string): string {
  const [, scheme, rest = ""] = /^(https?:\/\/)?([^]*)$/.exec(written) ?? [];
  const [host = "", ...path] = rest.replace(/\/+$/, "").split("/");
  return [registryKey(host), ...(scheme === undefined ? path : [])].join("/");
}

async function readAuths(file: string): Promise<AuthFile> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    // Most of the usual files are not there on most machines.
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return { auths: {}, helpers: {} };
    throw new UserError(`registry credentials in ${file} can't be read; make the file readable`, { cause: error });
  }
  const whole = fields(parse(file, text));
  // The oldest form has the entries at its top.
  const { auths, credHelpers } = path.basename(file) === ".dockercfg" ? { auths: whole, credHelpers: {} } : whole;
  const entries = Object.entries(fields(auths)).map(([key, value]): [string, AuthEntry] => {
    const { auth, identitytoken, username, password } = fields(value);
    const plain =
      textOf(username) === "" ? "" : Buffer.from(`${textOf(username)}:${textOf(password)}`).toString("base64");
    return [entryKey(key), { auth: textOf(auth) || plain, identityToken: textOf(identitytoken) }];
  });
  const helpers = Object.entries(fields(credHelpers)).flatMap(([key, name]) =>
    typeof name === "string" && name !== "" ? [[entryKey(key), name] as const] : [],
  );
  return { auths: merged(entries), helpers: Object.fromEntries(helpers) };
}

/** Of two spellings of one registry the one with credentials counts. */
function merged(entries: readonly (readonly [string, AuthEntry])[]): Record<string, AuthEntry> {
  const all: Record<string, AuthEntry> = {};
  for (const [key, entry] of entries) {
    const has = (one: AuthEntry | undefined): boolean => one !== undefined && one.auth + one.identityToken !== "";
    if (!has(all[key])) all[key] = entry;
  }
  return all;
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function parse(file: string, text: string): unknown {
  // An empty file is one that nobody has logged in with yet.
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which holds passwords.
    throw new UserError(`registry credentials in ${file} are not JSON; log in again with "podman login"`);
  }
}

function decode(file: string, key: string, auth: string): Credentials {
  const text = Buffer.from(auth, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 1) throw new UserError(`registry credentials for ${key} in ${file} are malformed; log in again`);
  // Some tools pad the text with zeros.
  return { kind: "password", user: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, "") };
}
