/** What the sources are now: everything that decides the disks, looked up once a run. */
import { readFile } from "node:fs/promises";
import * as path from "node:path";
import { KEY_VERSION } from "../plan/build-key";
import type { Identity, Pinned, SourceIdentity } from "../plan/types";
import type { BuildSettings, SourceSettings } from "../settings/types";
import { ContainerfileError, imageReferences } from "./containerfile";
import { type ContextDigest, digestContext } from "./context";
import { ContextChangedError } from "./pack";
import { registryClient, type Registry } from "./registry";

export type IdentitySettings = Pick<BuildSettings, "source" | "disk" | "registries" | "authFiles">;

/** What one look at the sources found. */
export interface Sources {
  readonly identity: Identity;
  /** The files behind the identity's hash, where the source is a folder: to name the one that changes later. */
  readonly files?: ContextDigest["files"];
}

/**
 * @param project folder that relative paths of the settings start at
 * @throws with every reference that cannot be resolved, not only the first
 */
export async function identify(
  settings: IdentitySettings,
  project: string,
  registry: Registry = registryClient(settings),
): Promise<Sources> {
  const { source, disk } = settings;
  const text = source.kind === "context" ? await readContainerfile(source, project) : "";
  const references = source.kind === "context" ? fromReferences(source, text) : [source.image];
  const digests = await resolveDigests([...references, disk.builder.image], registry);
  const pin = (reference: string): Pinned => ({ reference, digest: digests[reference] ?? "" });
  const config =
    disk.config === undefined ? undefined : await readText(path.resolve(project, disk.config), "disk.config");
  const found = await readSource(source, project, pin);
  // What it builds on was looked up by the text of before.
  if (source.kind === "context" && (await readContainerfile(source, project)) !== text)
    throw new ContextChangedError(
      `source.containerfile: ${containerfilePath(source, project)} was changed while it was read; run "pulumi up" again`,
    );
  const identity: Identity = {
    keyVersion: KEY_VERSION,
    source: found.source,
    from: source.kind === "context" ? Object.fromEntries(references.map((name) => [name, pin(name).digest])) : {},
    recipe: {
      builder: pin(disk.builder.image),
      rootfs: disk.rootfs,
      args: disk.args,
      ...(config === undefined ? {} : { config }),
    },
  };
  return { identity, ...(found.files === undefined ? {} : { files: found.files }) };
}

/** The digest of each reference. Asked for at the same time; every failure is in the error. */
export async function resolveDigests(
  references: readonly string[],
  registry: Registry,
): Promise<Readonly<Record<string, string>>> {
  const unique = [...new Set(references)];
  const results = await Promise.allSettled(unique.map((reference) => registry.digest(reference)));
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1)
    throw new AggregateError(failures, failures.map((error) => (error as Error).message).join("\n"));
  return Object.fromEntries(
    results.flatMap((result, index) => (result.status === "fulfilled" ? [[unique[index] ?? "", result.value]] : [])),
  );
}

async function readSource(
  source: SourceSettings,
  project: string,
  pin: (reference: string) => Pinned,
): Promise<{ readonly source: SourceIdentity; readonly files?: ContextDigest["files"] }> {
  if (source.kind === "image") return { source: { kind: "image", ...pin(source.image) } };
  const { context, containerfile, buildArgs } = source;
  const { hash, files } = await digestContext(path.resolve(project, context), containerfile);
  return { source: { kind: "context", context, hash, containerfile, buildArgs }, files };
}

type ContextSettings = Extract<SourceSettings, { kind: "context" }>;

const containerfilePath = ({ context, containerfile }: ContextSettings, project: string): string =>
  path.resolve(project, context, containerfile);

const readContainerfile = (source: ContextSettings, project: string): Promise<string> =>
  readText(containerfilePath(source, project), "source.containerfile");

function fromReferences({ context, containerfile, buildArgs }: ContextSettings, text: string): string[] {
  try {
    return imageReferences(text, buildArgs);
  } catch (error) {
    if (!(error instanceof ContainerfileError)) throw error;
    throw new ContainerfileError(`${path.join(context, containerfile)}: ${error.message}`, { cause: error });
  }
}

async function readText(file: string, setting: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new Error(`${setting}: ${file} can't be read; check the path`, { cause });
  }
}
