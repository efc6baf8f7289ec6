/**
 * The entry of clouds.yaml, found as OpenStack's own tools find it: the file that OS_CLIENT_CONFIG_FILE names, or else the first one
 * of the folders; secure.yaml (or OS_CLIENT_SECURE_FILE) and clouds-public.yaml are looked for in the same way, each for itself.
 * Source: openstacksdk, openstack/config/loader.py.
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseDocument } from "yaml";
import { isRecord } from "../../../../contract/is-record";
import { UserError } from "../../../../contract/user-error";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Looked {
  readonly env: Environment;
  /** In this order. */
  readonly folders: readonly string[];
}

export interface Entry {
  /** Its file, for people. */
  readonly file: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The entry that openstacksdk makes of the variables OS_*: it is in no file. */
export const OF_ENVIRONMENT = "envvars";

const ENDINGS = [".yaml", ".yml", ".json"];

/** @throws UserError that names the files that were looked for, or the entries that there are */
export function findEntry(name: string, { env, folders }: Looked): Entry {
  const named = env.OS_CLIENT_CONFIG_FILE;
  const file = named ? resolve(named) : find("clouds", folders);
  if (file === undefined || !existsSync(file)) {
    const places = named ? resolve(named) : folders.map((folder) => join(folder, "clouds.yaml")).join(", ");
    throw new UserError(
      `the credentials of cloud "${name}" are not there: looked for ${places}; put your clouds.yaml into one of them, ` +
        `or name it in OS_CLIENT_CONFIG_FILE (Horizon gives it: API Access, OpenStack clouds.yaml)`,
    );
  }
  const clouds = section(file, "clouds");
  const entry = clouds[name];
  if (!isRecord(entry)) {
    const known = Object.keys(clouds).sort().join(", ") || "none";
    throw new UserError(`${file} has no cloud "${name}"; it has: ${known}`);
  }
  const beside = named ? [dirname(file), ...folders] : folders;
  const secure = secureFile(env) ?? find("secure", beside);
  const secrets = secure === undefined ? undefined : sectionOf(readYaml(secure), "clouds")?.[name];
  const merged = isRecord(secrets) ? merge(plain(entry), plain(secrets)) : plain(entry);
  return { file, fields: withProfile(merged, file, beside) };
}

/** That is named and not there is a mistake: the password would be missing, and nobody would know why. */
function secureFile({ OS_CLIENT_SECURE_FILE: named }: Environment): string | undefined {
  if (!named) return undefined;
  if (existsSync(resolve(named))) return resolve(named);
  throw new UserError(`OS_CLIENT_SECURE_FILE names ${resolve(named)}, which is not there`);
}

/** What a provider of clouds has published of its own one, below what the entry says. */
function withProfile(entry: Entry["fields"], file: string, folders: readonly string[]): Entry["fields"] {
  const { profile = entry.cloud } = entry;
  if (typeof profile !== "string") return entry;
  const vendors = find("clouds-public", folders);
  const vendor = vendors === undefined ? undefined : section(vendors, "public-clouds")[profile];
  if (isRecord(vendor)) return merge(plain(vendor), entry);
  // With an address of its own it needs none; the SDK's built-in profiles are not here.
  if (isRecord(entry.auth) && typeof entry.auth.auth_url === "string") return entry;
  throw new UserError(
    `${file}: profile "${profile}" is in no clouds-public.yaml; write auth_url and region_name into the entry instead`,
  );
}

function find(stem: string, folders: readonly string[]): string | undefined {
  return folders.flatMap((folder) => ENDINGS.map((ending) => join(folder, stem + ending))).find(existsSync);
}

function section(file: string, name: string): Readonly<Record<string, unknown>> {
  const found = sectionOf(readYaml(file), name);
  if (found !== undefined) return found;
  throw new UserError(
    `${file} has no "${name}:" with entries; see docs/openstack.md for an example of ${basename(file)}`,
  );
}

function sectionOf(read: unknown, name: string): Readonly<Record<string, unknown>> | undefined {
  const found = isRecord(read) ? read[name] : undefined;
  return isRecord(found) ? found : undefined;
}

/** Values are texts as they are written: an id of digits is no number, and a password that says `true` is none either. */
const SPELLED = { prettyErrors: true, schema: "failsafe", merge: true } as const;

/** The parser's own message shows the line, which may hold a password: only where it is is said. */
function readYaml(file: string): unknown {
  const document = parseDocument(readFileSync(file, "utf8"), SPELLED);
  const [error] = document.errors;
  if (error === undefined) return document.toJS() as unknown;
  const at = error.linePos?.[0];
  throw new UserError(`${file} can't be read as YAML${at === undefined ? "" : ` (line ${at.line})`}; mend it`);
}

/** As openstacksdk reads fields: dashes are underscores, and one without a value is none. */
function plain(fields: Entry["fields"]): Entry["fields"] {
  const said = Object.entries(fields).filter(([, value]) => !NOTHING.some((nothing) => nothing === value));
  return Object.fromEntries(said.map(([name, value]) => [name.replaceAll("-", "_"), plainValue(value)]));
}

const NOTHING: readonly unknown[] = ["", "~", "null", null];

function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainValue);
  return isRecord(value) ? plain(value) : value;
}

export function merge(below: Entry["fields"], above: Entry["fields"]): Entry["fields"] {
  const merged: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const other = merged[key];
    merged[key] = isRecord(other) && isRecord(value) ? merge(other, value) : value;
  }
  return merged;
}
