/** The stack's configuration as plain JSON. */
import * as pulumi from "@pulumi/pulumi";
import type { RawSettings } from "./types";

const NAMESPACE = "copr-builders";

/** All keys of our namespace, also those that nobody knows: they are mistakes to report. */
export function pulumiSettings(): RawSettings {
  return decodeSettings(pulumi.runtime.allConfig());
}

/**
 * The engine hands every value over as text: maps and lists as JSON, numbers and switches as they are written.
 * No key holds a text by itself, so a value that is not JSON stays text, for the schema to refuse.
 */
export function decodeSettings(config: Readonly<Record<string, string>>): RawSettings {
  const ours = Object.entries(config).flatMap(([key, value]) => {
    const [namespace, name] = splitKey(key);
    return namespace === NAMESPACE ? [[name, decode(value)] as const] : [];
  });
  return Object.fromEntries(ours);
}

function splitKey(key: string): readonly [string, string] {
  const colon = key.indexOf(":");
  return [key.slice(0, colon), key.slice(colon + 1)];
}

function decode(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
