/** Settings of any platform, for tests that know none by name. */
import type { Named } from "../../words";

export type Settings = Readonly<Record<string, unknown>>;

/** Of a platform that is not there. */
export const STRANGER: Named = { platform: "another" };

/** What a schema of this platform read. */
export function named(name: string, read: Settings): Named & Settings {
  if (read["platform"] !== name) throw new Error(`it is of platform "${String(read["platform"])}", not of "${name}"`);
  return { ...read, platform: name };
}

export function without(settings: Settings, key: string): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([field]) => field !== key));
}

/** What stands at a path of the settings. */
export function at(settings: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((found, key) => (found as Readonly<Record<string | number, unknown>>)[key], settings);
}

/** A copy of the settings with that at the path. */
export function put(settings: Settings, path: readonly (string | number)[], value: unknown): Settings {
  const copy = structuredClone(settings);
  Object.assign(at(copy, path.slice(0, -1)) as object, { [path.at(-1) ?? ""]: value });
  return copy;
}

export function asJson(plain: unknown): unknown {
  return JSON.parse(JSON.stringify(plain));
}
