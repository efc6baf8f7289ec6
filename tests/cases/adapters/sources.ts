/** What the kinds about sources share: a folder as the settings' source, and a registry that has every image. */
import { mkdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { UserError } from "../../../contract/user-error";
import { readSettings, type BuildSettings } from "../../../model/settings";
import { identify, type Registry, type Sources } from "../../../model/source";
import type { Json, Run } from "../case";
import { outcome, type Outcome } from "../messages";

/** Any image is there, for every architecture. */
export const anyRegistry: Registry = {
  digest: (reference) => Promise.resolve(/sha256:[0-9a-f]{64}$/.exec(reference)?.[0] ?? `sha256:${"d".repeat(64)}`),
  architectures: () => Promise.resolve(undefined),
};

/** Settings of a stack that builds, read as `pulumi up` reads them. @throws SettingsError */
export function buildSettings(source: Json, env: Readonly<Record<string, string>> = {}, uid = 1000): BuildSettings {
  const settings = readSettings({ source, env, uid });
  if (settings.mode !== "build") throw new Error("the case has settings of a stack that builds nothing");
  return settings;
}

/** The mistakes that a person is told of before anything starts. */
export function isMistake(error: unknown): boolean {
  const errors: unknown[] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
  return errors.every((one) => one instanceof UserError);
}

/** What a preview finds for this Containerfile as the settings' own. */
export function lookUp(
  run: Run,
  containerfile: string,
  buildArgs?: Readonly<Record<string, string>>,
): Promise<Outcome<Sources>> {
  const source = { context: "images/example", ...sourceOf(run) };
  const folder = path.join(run.folder, source.context);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "Containerfile"), containerfile);
  return outcome(() => {
    const settings = buildSettings({ ...run.settings(), source: { ...source, ...(buildArgs && { buildArgs }) } });
    return identify(settings, run.folder, anyRegistry);
  }, isMistake);
}

function sourceOf(run: Run): Json & { context?: string } {
  const source = run.settings()["source"];
  return typeof source === "object" && source !== null ? { ...source } : {};
}
