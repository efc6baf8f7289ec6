/** What the sources are now: everything that decides the disks, looked up once a run. */
import { UserError } from "../../contract/user-error";
import { readdir, readFile } from "node:fs/promises";
import * as path from "node:path";
import { ARCHITECTURES, type Arch } from "../../infra/words";
import { KEY_VERSION } from "../plan/build-key";
import type { ContextIdentity, Identity, Pinned, SourceIdentity } from "../plan/types";
import type { BuildSettings, SourceSettings } from "../settings/types";
import { ContainerfileError, readContainerfile, type ContainerfileNeeds } from "./containerfile";
import { nameOfContainerfile } from "./containerfile-place";
import { type ContextDigest, digestContext, digestNamedContext } from "./context";
import { readDiskConfig } from "./disk-config";
import { ContextChangedError } from "./pack";
import { namedIn } from "./named-in";
import type { Reading } from "./read-files";
import { registryClient, RegistryError, type Registry } from "./registry";
import { readSignatures, type Signatures } from "./signatures";

export type IdentitySettings = Pick<
  BuildSettings,
  "source" | "disk" | "registries" | "authFiles" | "proxies" | "certificates" | "architectures" | "contextCache"
>;

type ContextSettings = Extract<SourceSettings, { kind: "context" }>;
export type Needs = Readonly<Partial<Record<Arch, ContainerfileNeeds>>>;

/** What was found, and what of it only some need to know. */
export interface Sources {
  readonly identity: Identity;
  /** What the Containerfile asks for, by architecture; empty for a source image. */
  readonly needs: Needs;
  /** Does the Containerfile take an argument of this name? */
  readonly takes: (name: string) => boolean;
  /** What a person should know of it. */
  readonly warnings: readonly string[];
  /** Whose images are pulled; no part of the identity: it decides whether there is a disk, and no byte of it. */
  readonly signatures?: Signatures;
  /** The files behind the identity's hash, where the source is a folder: to name the one that changes later. */
  readonly files?: ContextDigest["files"];
  /** Likewise those of the folders of source.contexts, by name. */
  readonly contextFiles?: Readonly<Record<string, ContextDigest["files"]>>;
}

/**
 * @param project folder that relative paths of the settings start at
 * @param say hears how far the reading of a large context is
 * @throws with every reference that cannot be resolved, not only the first
 */
export async function identify(
  settings: IdentitySettings,
  project: string,
  registry: Registry = registryClient(settings),
  say?: Reading["say"],
): Promise<Sources> {
  const { source, disk, contextCache: cache } = settings;
  const reading = { ...(cache === undefined ? {} : { cache }), ...(say === undefined ? {} : { say }) };
  const config = disk.config === undefined ? undefined : await readDiskConfig(project, disk.config);
  const text = source.kind === "context" ? await readContainerfileText(source, project) : "";
  const needs = source.kind === "context" ? contextNeeds(source, text, wantedArchs(settings)) : {};
  const references = source.kind === "context" ? referencesOf(needs) : [source.image];
  const where = (reference: string): string => namedIn(settings, needs, reference);
  const digests = await resolveDigests([...references, disk.builder.image], registry, where);
  const pin = (reference: string): Pinned => ({ reference, digest: digests[reference] ?? "" });
  const takes = Object.values(needs)[0]?.takes ?? (() => true);
  const used = new Set(Object.values(needs).flatMap((one) => [...one.contexts]));
  const found = await readSource(source, project, pin, takes, used, reading);
  // What it builds on was looked up by the text of before.
  if (source.kind === "context" && (await readContainerfileText(source, project)) !== text)
    throw new ContextChangedError(
      `source.containerfile: ${containerfilePath(source, project)} was changed while it was read; run "pulumi up" again`,
    );
  const packaged = wantedArchs(settings).filter((arch) => disk.builder.packaged.includes(arch));
  const identity: Identity = {
    keyVersion: KEY_VERSION,
    source: found.source,
    from: source.kind === "context" ? Object.fromEntries(references.map((name) => [name, pin(name).digest])) : {},
    recipe: {
      builder: pin(disk.builder.image),
      ...(disk.builder.kind === "bootc-image-builder" ? {} : { kind: disk.builder.kind }),
      ...(packaged.length === 0 ? {} : { packaged }),
      rootfs: disk.rootfs,
      args: disk.args,
      ...(config === undefined ? {} : { config }),
    },
  };
  // Where every worker has the image builder as a package, nobody pulls its container.
  const builders = packaged.length === wantedArchs(settings).length ? [] : [disk.builder.image];
  const pulled = Object.fromEntries([...references, ...builders].map((name) => [name, pin(name).digest]));
  const signatures =
    source.signatures === undefined ? undefined : await readSignatures(project, source.signatures, pulled);
  const warnings = source.kind === "context" ? unusedWarnings(source, takes, used) : [];
  const { files, contextFiles } = found;
  return {
    ...{ identity, needs, takes, warnings },
    ...(signatures === undefined ? {} : { signatures }),
    ...(files === undefined ? {} : { files }),
    ...(contextFiles === undefined ? {} : { contextFiles }),
  };
}

/**
 * The digest of each reference. Asked for at the same time; every failure is in the error.
 * @param where a reference is named
 */
export async function resolveDigests(
  references: readonly string[],
  registry: Registry,
  where?: (reference: string) => string,
): Promise<Readonly<Record<string, string>>> {
  const unique = [...new Set(references)];
  const ask = (reference: string): Promise<string> =>
    registry.digest(reference).catch((error: unknown) => {
      if (where === undefined || !(error instanceof RegistryError)) throw error;
      throw new RegistryError(`${reference} (${where(reference)})`, error.problem, { cause: error.cause });
    });
  const results = await Promise.allSettled(unique.map(ask));
  throwAll(results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : [])));
  return Object.fromEntries(
    results.flatMap((result, index) => (result.status === "fulfilled" ? [[unique[index] ?? "", result.value]] : [])),
  );
}

/** @throws the one error, or one with the messages of all */
export function throwAll(failures: readonly unknown[]): void {
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1)
    throw new AggregateError(failures, failures.map((error) => (error as Error).message).join("\n"));
}

export function wantedArchs({ architectures }: Pick<BuildSettings, "architectures">): Arch[] {
  return ARCHITECTURES.filter((arch) => architectures[arch] !== undefined);
}

/** Each once, in the order of the file. */
function referencesOf(needs: Needs): string[] {
  const images = Object.values(needs).flatMap((one) => one.images);
  return [...new Set(images.sort((a, b) => a.line - b.line).map(({ reference }) => reference))];
}

async function readSource(
  source: SourceSettings,
  project: string,
  pin: (reference: string) => Pinned,
  takes: Sources["takes"],
  used: ReadonlySet<string>,
  reading: Reading,
): Promise<{ readonly source: SourceIdentity } & Pick<Sources, "files" | "contextFiles">> {
  if (source.kind === "image") return { source: { kind: "image", ...pin(source.image) } };
  const { context } = source;
  const folder = path.resolve(project, context);
  const { hash, files } = await digestContext(folder, source.containerfile, reading);
  const containerfile = await nameOfContainerfile(folder, source.containerfile);
  const named = await readNamedContexts(source, project, used, reading);
  // What no ARG takes reaches nothing: another value gives the same bytes.
  const buildArgs = Object.fromEntries(Object.entries(source.buildArgs).filter(([name]) => takes(name)));
  const contexts = used.size === 0 ? {} : { contexts: named.identities };
  const how = { ...targetIn(source), ...optionsIn(source), ...contexts };
  return {
    source: { kind: "context", context, hash, containerfile, buildArgs, ...how },
    files,
    ...(used.size === 0 ? {} : { contextFiles: named.files }),
  };
}

/** Those that the Containerfile takes from: the others reach nothing. */
async function readNamedContexts(
  { contexts = {} }: ContextSettings,
  project: string,
  used: ReadonlySet<string>,
  reading: Reading,
) {
  const identities: Record<string, ContextIdentity> = {};
  const files: Record<string, ContextDigest["files"]> = {};
  for (const [name, context] of Object.entries(contexts)) {
    if (!used.has(name)) continue;
    if (context.kind === "image") {
      identities[name] = { image: context.reference };
      continue;
    }
    const digest = await digestNamedContext(path.resolve(project, context.folder), reading);
    identities[name] = { folder: context.folder, hash: digest.hash };
    files[name] = digest.files;
  }
  return { identities, files };
}

const targetIn = ({ target }: Pick<ContextSettings, "target">): Pick<ContextSettings, "target"> =>
  target === undefined ? {} : { target };

/** Nothing set is nothing at all: the key of before stays. */
const optionsIn = ({ options = {} }: Pick<ContextSettings, "options">): Pick<ContextSettings, "options"> =>
  Object.keys(options).length === 0 ? {} : { options };

function unusedWarnings(source: ContextSettings, takes: Sources["takes"], used: ReadonlySet<string>): string[] {
  const file = shownPath(source);
  const args = Object.keys(source.buildArgs).filter((name) => !takes(name));
  const contexts = Object.keys(source.contexts ?? {}).filter((name) => !used.has(name));
  return [
    ...args.map(
      (name) =>
        `source.buildArgs.${name} reaches nothing: ${file} has no ARG ${name}; write one, or remove the argument`,
    ),
    ...contexts.map(
      (name) =>
        `source.contexts.${name} reaches nothing: ${file} takes nothing from ${name}; write it, or remove the context`,
    ),
  ];
}

/** As the settings name it. */
const shownPath = ({ context, containerfile }: ContextSettings): string =>
  path.isAbsolute(containerfile) ? containerfile : path.join(context, containerfile);

const containerfilePath = ({ context, containerfile }: ContextSettings, project: string): string =>
  path.resolve(project, context, containerfile);

async function readContainerfileText(source: ContextSettings, project: string): Promise<string> {
  const file = containerfilePath(source, project);
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const folder = path.resolve(project, source.context);
    const names = await readdir(folder).catch(() => undefined);
    if (names === undefined)
      throw new UserError(`source.context: ${folder} is no folder that can be read; check the path`, { cause });
    const other = source.containerfile === "Containerfile" && names.includes("Dockerfile");
    const remedy = other ? "its folder has a Dockerfile: set source.containerfile to Dockerfile" : "check the path";
    throw new UserError(`source.containerfile: ${file} can't be read; ${remedy}`, { cause });
  }
}

function contextNeeds(source: ContextSettings, text: string, archs: readonly Arch[]): Needs {
  const { buildArgs, target, secrets, contexts } = source;
  try {
    const read = (arch: Arch) => readContainerfile(text, arch, buildArgs, target, secrets, contexts);
    return Object.fromEntries(archs.map((arch) => [arch, read(arch)]));
  } catch (error) {
    if (!(error instanceof ContainerfileError)) throw error;
    throw new ContainerfileError(`${shownPath(source)}: ${error.message}`, { cause: error });
  }
}
