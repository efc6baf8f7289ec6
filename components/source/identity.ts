/** What the sources are now: everything that decides the disks, looked up once a run. */
import { readFile } from "node:fs/promises";
import * as path from "node:path";
import { KEY_VERSION } from "../plan/build-key";
import type { Identity, Pinned, SourceIdentity } from "../plan/types";
import type { BuildSettings, SourceSettings } from "../settings/types";
import { ContainerfileError, imageReferences } from "./containerfile";
import { hashContext } from "./context";
import { registryClient, type Registry } from "./registry";

export type IdentitySettings = Pick<BuildSettings, "source" | "disk" | "registries" | "authFiles">;

/**
 * @param project folder that relative paths of the settings start at
 * @throws with every reference that cannot be resolved, not only the first
 */
export async function identify(
  settings: IdentitySettings,
  project: string,
  registry: Registry = registryClient(settings),
): Promise<Identity> {
  const { source, disk } = settings;
  const references = source.kind === "context" ? await fromReferences(source, project) : [source.image];
  const digests = await resolveDigests([...references, disk.builder.image], registry);
  const pin = (reference: string): Pinned => ({ reference, digest: digests[reference] ?? "" });
  const config =
    disk.config === undefined ? undefined : await readText(path.resolve(project, disk.config), "disk.config");
  return {
    keyVersion: KEY_VERSION,
    source: await sourceIdentity(source, project, pin),
    from: source.kind === "context" ? Object.fromEntries(references.map((name) => [name, pin(name).digest])) : {},
    recipe: {
      builder: pin(disk.builder.image),
      rootfs: disk.rootfs,
      args: disk.args,
      ...(config === undefined ? {} : { config }),
    },
  };
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

async function sourceIdentity(
  source: SourceSettings,
  project: string,
  pin: (reference: string) => Pinned,
): Promise<SourceIdentity> {
  if (source.kind === "image") return { kind: "image", ...pin(source.image) };
  const { context, containerfile, buildArgs } = source;
  const hash = await hashContext(path.resolve(project, context), containerfile);
  return { kind: "context", context, hash, containerfile, buildArgs };
}

async function fromReferences(
  { context, containerfile, buildArgs }: Extract<SourceSettings, { kind: "context" }>,
  project: string,
): Promise<string[]> {
  const file = path.resolve(project, context, containerfile);
  const text = await readText(file, "source.containerfile");
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
