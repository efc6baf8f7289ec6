/** Pulumi.STACK.yaml of the inner stack: plain configuration and how secrets are encrypted, as its parent does. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { isRecord } from "../../contract/is-record";
import { type Project, findProject } from "../project";
import { absoluteBackend, loginBackend, startFolder } from "../relative-paths";

/** The fields of a stack's settings that say how its secrets are encrypted. */
const encryptionSchema = z.object({
  secretsprovider: z.string().exactOptional(),
  encryptedkey: z.string().exactOptional(),
  encryptionsalt: z.string().exactOptional(),
});
export type Encryption = z.infer<typeof encryptionSchema>;

export interface Parent {
  readonly encryption: Encryption;
  /** The parent's backend; a folder is made absolute. Absent where the login says which, and it is no folder. */
  readonly backendUrl?: string;
}

export interface Around {
  /** @default of this process */
  readonly cwd?: string;
  /** Where pulumi was started. @default that of the pulumi above this process */
  readonly started?: string;
}

/** Looks for the parent in and above the working folder (the engine starts providers in the project), then the program. */
export function findParent(
  project: string,
  stack: string,
  program: string,
  { cwd = process.cwd(), started = startFolder() }: Around = {},
): Parent {
  const found = findProject(project, [cwd, program]);
  if (!found) return { encryption: {} };
  const file = settingsPath(found, stack);
  const encryption = existsSync(file) ? encryptionSchema.parse(parse(readFileSync(file, "utf8")) ?? {}) : {};
  const url = process.env.PULUMI_BACKEND_URL || found.backend?.url || loginBackend(process.env);
  return { encryption, ...(url === undefined ? {} : { backendUrl: absoluteBackend(url, started) }) };
}

export function settingsPath(project: Project, stack: string): string {
  return join(project.root, project.stackConfigDir ?? "", `Pulumi.${stack}.yaml`);
}

/**
 * Written anew in every run, so a left-over stack whose file is lost, or of a parent whose key was changed, resumes.
 * With the parent's own salt or key the result is the same each time.
 */
export function writeSettings(path: string, encryption: Encryption, config: Readonly<Record<string, unknown>>): void {
  writeFileSync(path, stringify({ ...encryption, config }), { mode: 0o600 });
}

/** Changes one key of what `writeSettings` wrote; secrets that the CLI has added meanwhile stay. */
export function changeSetting(path: string, key: string, value: unknown): void {
  const file: unknown = parse(readFileSync(path, "utf8"));
  if (!isRecord(file)) throw new Error(`${path} holds no settings any more; run "pulumi up" again`);
  const config = isRecord(file.config) ? file.config : {};
  writeFileSync(path, stringify({ ...file, config: { ...config, [key]: value } }), { mode: 0o600 });
}

/** What `changeSetting` has written under this key; undefined where there is no such file, or nothing of it. */
export function notedSetting(path: string, key: string): unknown {
  const file: unknown = existsSync(path) ? parse(readFileSync(path, "utf8")) : undefined;
  return isRecord(file) && isRecord(file.config) ? file.config[key] : undefined;
}

export function removeSettings(path: string): void {
  rmSync(path, { force: true });
}

/** `key` belongs to the program's own project. */
export function qualify(config: Readonly<Record<string, unknown>>, project: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.includes(":") ? key : `${project}:${key}`, value]),
  );
}

/** As `pulumi config set` wants a value: text as it is, anything else as JSON. */
export function configText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
