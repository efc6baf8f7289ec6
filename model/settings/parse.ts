/** Settings from plain JSON: every mistake together, then a complete typed value. No Pulumi, no files. */
import type * as z from "zod";
import type { Environment } from "../../infra/fields";
import { providerSettingProblem, type CapabilityTable } from "../../infra/specs";
import { checkArchitecture, checkLifetime, checkOnly, checkOutputs, checkScratch } from "./checks";
import { authFiles, cacheFolder, certificatePlaces, proxies } from "./environment";
import { parseArchitectures, parseRegistries, parseTargets } from "./maps";
import { shown } from "./messages";
import { isRecord } from "../../contract/is-record";
import { pathProblem, Report } from "./report";
import {
  bootCheckSchema,
  diskSchema,
  plainSchema,
  promoteSchema,
  signingSchema,
  sourceSchema,
  storeSchema,
  trustSchema,
} from "./schemas";
import type { BuildSettings, PromoteSettings, RawSettings, Settings, SigningSettings, SourceSettings } from "./types";

const PLAIN_KEYS = [
  "keepGenerations",
  "rebuildAfterDays",
  "buildTimeoutMinutes",
  "attempts",
  "keepOnFailure",
  "firstBoot",
  "promotedBy",
  "identity",
  "only",
] as const;

/** Keys that a promoting stack has no use for: what it takes over is built already. */
const BUILD_KEYS = ["source", "disk", "store", "registries", "architectures", "targets", "bootCheck", "only"] as const;

/** Every key there is. */
export const KEYS: readonly string[] = [...new Set([...BUILD_KEYS, ...PLAIN_KEYS, "promote", "signing"])];

/**
 * @param now a pause that has passed is a mistake
 * @throws SettingsError with one line for every mistake, in the order of the file
 */
export function parseSettings(
  raw: RawSettings,
  env: Environment,
  capabilities: CapabilityTable,
  uid: number | undefined,
  now: Date,
): Settings {
  const report = new Report(raw);
  for (const key of Object.keys(raw).filter((key) => !KEYS.includes(key))) {
    report.add([key], providerSettingProblem(key) ?? pathProblem(key) ?? `unknown setting; known: ${KEYS.join(", ")}`);
  }
  const settings = isGiven(raw["promote"])
    ? parsePromotion(report, raw)
    : parseBuild(report, raw, env, capabilities, uid, now);
  report.finish();
  if (settings === undefined) throw new Error("settings without a mistake must be complete: a check reported nothing");
  return settings;
}

function parsePromotion(report: Report, raw: RawSettings): PromoteSettings | undefined {
  for (const key of BUILD_KEYS.filter((key) => isGiven(raw[key]))) {
    report.add([key], "has no meaning in a stack that promotes; remove it, or remove promote");
  }
  const promote = report.parse(["promote"], raw["promote"], promoteSchema);
  const plain = report.parse([], pick(raw, ["keepGenerations"]), plainSchema);
  const signing = parseSigning(report, raw, trustSchema);
  return promote && plain && { mode: "promote", promote, keepGenerations: plain.keepGenerations, ...signing };
}

function parseBuild(
  report: Report,
  raw: RawSettings,
  env: Environment,
  capabilities: CapabilityTable,
  uid: number | undefined,
  now: Date,
): BuildSettings | undefined {
  const source = parseSource(report, raw["source"]);
  const disk = required(report, raw, "disk", diskSchema, "name the image builder in disk.builder.image");
  const store = required(report, raw, "store", storeSchema, "name the bucket that disks are kept in");
  const registries = parseRegistries(report, raw["registries"] ?? {});
  const bootCheck = report.parse(["bootCheck"], raw["bootCheck"] ?? {}, bootCheckSchema);
  const plain = report.parse([], pick(raw, PLAIN_KEYS), plainSchema);
  const signing = parseSigning(report, raw, signingSchema);
  const targets = parseTargets(report, raw["targets"] ?? {}, env, now);
  const architectures = parseArchitectures(report, raw["architectures"] ?? {}, env);

  if (plain !== undefined) checkOnly(report, plain.only, [...architectures.all.keys()], [...targets.all.keys()]);
  for (const [name, target] of targets.all) if (target !== undefined) checkOutputs(report, name, target);
  for (const [arch, parts] of architectures.all) {
    checkArchitecture(report, arch, parts, targets.all, capabilities);
    if (disk !== undefined) checkScratch(report, parts, disk.needGib);
    if (plain !== undefined) checkLifetime(report, parts, plain.buildTimeoutMinutes);
  }
  if (!source || !disk || !store || !bootCheck || !plain) return undefined;
  const contextCache = cacheFolder(env);
  return {
    mode: "build",
    source,
    disk,
    store,
    registries,
    architectures: architectures.good,
    targets: targets.good,
    ...(Object.keys(targets.tempers).length > 0 && { tempers: targets.tempers }),
    bootCheck,
    ...plain,
    ...signing,
    authFiles: authFiles(env, uid),
    proxies: proxies(env),
    certificates: certificatePlaces(env),
    ...(contextCache === undefined ? {} : { contextCache }),
  };
}

function parseSource(report: Report, raw: unknown): SourceSettings | undefined {
  const remedy = "give either context (a folder with a Containerfile) or image";
  const refuse = (problem: string) => {
    report.add(["source"], `${problem}; ${remedy}`);
    return undefined;
  };
  if (!isGiven(raw)) return refuse("missing");
  if (!isRecord(raw)) return refuse(`must be a map, got ${shown(raw)}`);
  if ("context" in raw && "image" in raw) return refuse("has both context and image");
  if (!("context" in raw) && !("image" in raw)) return refuse("has neither context nor image");
  return report.parse(["source"], raw, sourceSchema(raw));
}

function required<T>(
  report: Report,
  raw: RawSettings,
  key: string,
  schema: z.ZodType<T>,
  remedy: string,
): T | undefined {
  if (isGiven(raw[key])) return report.parse([key], raw[key], schema);
  report.add([key], `missing; ${remedy}`);
  return undefined;
}

function parseSigning(
  report: Report,
  raw: RawSettings,
  schema: z.ZodType<SigningSettings>,
): { readonly signing?: SigningSettings } {
  const signing = isGiven(raw["signing"]) ? report.parse(["signing"], raw["signing"], schema) : undefined;
  return signing === undefined ? {} : { signing };
}

/** An empty map is what the project's own default gives for a key that the stack leaves out. */
function isGiven(value: unknown): boolean {
  return value !== undefined && !(isRecord(value) && Object.keys(value).length === 0);
}

function pick(raw: RawSettings, keys: readonly string[]): RawSettings {
  // An empty text is the project's own default for what most stacks leave out.
  const given = keys.filter((key) => raw[key] !== undefined && raw[key] !== "");
  return Object.fromEntries(given.map((key) => [key, raw[key]]));
}
