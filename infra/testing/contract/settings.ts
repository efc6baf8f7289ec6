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

/** The same with something else at a path. */
export function put(settings: unknown, path: readonly (string | number)[], value: unknown): Settings {
  return changed(settings, path, value) as Settings;
}

function changed(settings: unknown, [key, ...more]: readonly (string | number)[], value: unknown): unknown {
  if (key === undefined) return value;
  const inner = changed((settings as Readonly<Record<string | number, unknown>>)[key], more, value);
  if (!Array.isArray(settings)) return { ...(settings as Settings), [key]: inner };
  return settings.map((one: unknown, index) => (index === key ? inner : one));
}

export function asJson(plain: unknown): unknown {
  return JSON.parse(JSON.stringify(plain));
}
