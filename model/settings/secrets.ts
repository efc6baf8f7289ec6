/** `secure:` values of a stack's settings: found without decrypting anything, so that no message can show one. */
import { parse } from "yaml";
import { isRecord } from "../../contract/is-record";

/** Stands where a secret does. */
export const SECRET: unique symbol = Symbol("secret");

/** What the stack's file says for a key that the engine calls secret; the whole key, where the file doesn't tell. */
export function secretSetting(key: string, file: string | undefined): unknown {
  const written: unknown = file === undefined ? undefined : parse(file);
  const config = isRecord(written) ? written["config"] : undefined;
  const value = isRecord(config) ? withoutSecrets(config[key]) : undefined;
  return secretPaths(value).length === 0 ? SECRET : value;
}

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
