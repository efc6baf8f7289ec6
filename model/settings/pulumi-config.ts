/** The stack's configuration as plain JSON. */
import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import * as z from "zod";
import type { BuildSecrets } from "../../contract/build-secrets";
import { providerSettingProblem } from "../../infra/specs";
import { secretSetting, withoutSecrets } from "./secrets";
import type { RawSettings } from "./types";

const NAMESPACE = "copr-builders";

/** All keys of our namespace, also those that nobody knows, and those for providers that are not ours: mistakes to report. */
export function pulumiSettings(): RawSettings {
  const keys = z.array(z.string()).parse(JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "[]"));
  const file = keys.length === 0 ? undefined : stackFile(pulumi.getRootDirectory(), pulumi.getStack());
  return decodeSettings(pulumi.runtime.allConfig(), { keys, ...(file === undefined ? {} : { file }) });
}

/** What the secrets of `source.secrets` are, by id. Secret: nothing else of the program sees them. */
export function sourceSecrets(ids: readonly string[]): pulumi.Output<BuildSecrets> {
  const source = new pulumi.Config(NAMESPACE).requireSecretObject<object>("source");
  return source.apply((given) => {
    const { secrets } = z.object({ secrets: z.record(z.string(), z.coerce.string()) }).parse(given);
    return Object.fromEntries(ids.map((id) => [id, secrets[id] ?? ""]));
  });
}

/** What `signing.key` is. Secret: nothing else of the program sees it. */
export function signingKey(): pulumi.Output<string> {
  const signing = new pulumi.Config(NAMESPACE).requireSecretObject<object>("signing");
  return signing.apply((given) => z.object({ key: z.string() }).parse(given).key);
}

/** The text of the file that a stack's settings are written in, if it is at its usual place. */
export function stackFile(project: string, stack: string): string | undefined {
  const file = path.join(project, `Pulumi.${stack.split("/").pop() ?? stack}.yaml`);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** What a stack's file has, as the engine hands it over: each value as text. @throws if it is no such file */
export function fileConfig(text: string): Readonly<Record<string, string>> {
  const { config } = z.object({ config: z.record(z.string(), z.json()) }).parse(parse(text, { merge: true }));
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

/** Keys that hold a secret, somewhere, and the text of the stack's file, which says where. */
export interface Secrets {
  readonly keys: readonly string[];
  readonly file?: string;
}

/**
 * The engine hands every value over as text: maps and lists as JSON, numbers and switches as they are written.
 * No key holds a text by itself, so a value that is not JSON stays text, for the schema to refuse.
 */
export function decodeSettings(
  config: Readonly<Record<string, string>>,
  { keys, file }: Secrets = { keys: [] },
): RawSettings {
  const all = [...new Set([...Object.keys(config), ...keys])];
  const ours = all.flatMap((key) => {
    const [namespace, name] = splitKey(key);
    // Their values, which may be secret, are not taken along.
    if (providerSettingProblem(key) !== undefined) return [[key, null] as const];
    if (namespace !== NAMESPACE) return [];
    const text = config[key];
    const given = text === undefined ? undefined : decode(text);
    return [[name, keys.includes(key) ? secretSetting(key, file, given) : withoutSecrets(given ?? "")] as const];
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
