/** `secure:` values of a stack's settings: found without decrypting anything, so that no message can show one. */
import { parse } from "yaml";
import { isRecord } from "../../contract/is-record";

/** Stands where a secret does. */
export const SECRET: unique symbol = Symbol("secret");

/**
 * What the stack's file says for a key that the engine calls secret; the whole key, where the file doesn't tell.
 * @param given what the engine read there, where it says so: the file that it was told to read may be another one
 */
export function secretSetting(key: string, file: string | undefined, given?: unknown): unknown {
  // With `<<`, as Pulumi reads it.
  const written: unknown = file === undefined ? undefined : parse(file, { merge: true });
  const config = isRecord(written) ? written["config"] : undefined;
  const value = isRecord(config) ? withoutSecrets(config[key]) : undefined;
  if (secretPaths(value).length === 0) return SECRET;
  return given === undefined ? value : asRead(value, given);
}

/** As the engine read it, numbers above all: 022 is 18 for it. All of it is a secret where that is not what the file has. */
function asRead(written: unknown, given: unknown): unknown {
  const read = readLike(written, given);
  return read === OTHER ? SECRET : read;
}

const OTHER: unique symbol = Symbol("something else");

function readLike(written: unknown, given: unknown): unknown {
  if (written === SECRET) return SECRET;
  // A secret is a text for the engine, so nothing else can be one that the file doesn't show.
  if (typeof given === "number" || typeof given === "boolean" || given === null) return given;
  if (Array.isArray(written) && Array.isArray(given) && written.length === given.length) {
    const read = written.map((item, index) => readLike(item, given[index]));
    return read.includes(OTHER) ? OTHER : read;
  }
  if (isRecord(written) && isRecord(given) && Object.keys(written).sort().join() === Object.keys(given).sort().join()) {
    const read = Object.entries(written).map(([name, item]) => [name, readLike(item, given[name])] as const);
    return read.some(([, item]) => item === OTHER) ? OTHER : Object.fromEntries(read);
  }
  return sameText(written, given) ? written : OTHER;
}

/** Pulumi makes `2026-12-05 00:00:00 +0000 UTC` of a bare 2026-12-05. */
function sameText(written: unknown, given: unknown): boolean {
  if (typeof written !== "string" || typeof given !== "string") return false;
  return written === given || (DATE.test(written) && DATE.test(given));
}

const DATE = /^\d{4}-\d\d?-\d\d?([Tt\s][\d:. +Z-]*(UTC)?)?$/;

/** Pulumi writes a secret as a map with this one key. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && typeof value["secure"] === "string") return SECRET;
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutSecrets(item)]));
}

export function secretPaths(value: unknown, at: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (value === SECRET) return [at];
  if (Array.isArray(value)) return value.flatMap((item, index) => secretPaths(item, [...at, index]));
  return isRecord(value) ? Object.entries(value).flatMap(([key, item]) => secretPaths(item, [...at, key])) : [];
}
