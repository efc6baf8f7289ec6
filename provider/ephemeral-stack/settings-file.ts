/** Pulumi.STACK.yaml of the inner stack: plain configuration and how secrets are encrypted, as its parent does. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { isRecord } from "../codec";
import { type Project, findProject } from "../project";

/** The fields of a stack's settings that say how its secrets are encrypted. */
const encryptionSchema = z.object({
  secretsprovider: z.string().exactOptional(),
  encryptedkey: z.string().exactOptional(),
  encryptionsalt: z.string().exactOptional(),
});
export type Encryption = z.infer<typeof encryptionSchema>;

export interface Parent {
  readonly encryption: Encryption;
  /** Backend that only the parent's Pulumi.yaml names, made absolute. */
  readonly backendUrl?: string;
}

/** Looks for the parent in and above the working folder (the engine starts providers in the project), then the program. */
export function findParent(project: string, stack: string, program: string, cwd: string = process.cwd()): Parent {
  const found = findProject(project, [cwd, program]);
  if (!found) return { encryption: {} };
  const file = settingsPath(found, stack);
  const encryption = existsSync(file) ? encryptionSchema.parse(parse(readFileSync(file, "utf8")) ?? {}) : {};
  const backendUrl = backend(found);
  return { encryption, ...(backendUrl === undefined ? {} : { backendUrl }) };
}

function backend(project: Project): string | undefined {
  const url = process.env.PULUMI_BACKEND_URL ?? project.backend?.url;
  // A relative folder would be another one as seen from the inner program.
  const [, relative] = /^file:\/\/(\.\.?(?:\/.*)?)$/.exec(url ?? "") ?? [];
  return relative === undefined ? url : `file://${resolve(project.root, relative)}`;
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
