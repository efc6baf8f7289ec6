/** The order for one build's worker, from the settings. */
import * as path from "node:path";
import { buildObjects, type JobContext, type JobSource, type WorkerJob } from "../../components/jobs";
import type { ProvenanceOrder } from "../../contract/provenance";
import type { BuildSettings } from "../../model/settings";
import { configFormat, pinned, pulledBy, workerAuthorities, type Sources } from "../../model/source";
import { workersOf, writtenTogether, type FormSpec, type WorkerSpec } from "../../infra/specs";
import type { Arch } from "../../infra/words";
import type { ContextIdentity } from "../../model/plan";

export interface JobArgs {
  readonly arch: Arch;
  /** Build key, 64 hex digits. */
  readonly key: string;
  /** What the sources are now: the worker gets the digests, not the tags that may move meanwhile. */
  readonly sources: Sources;
  /** Folder that relative paths of the settings start at. */
  readonly project: string;
  readonly stack: string;
  /** Identity of that stack. */
  readonly identity: string;
  /** Folder in the store that the build's objects are in. */
  readonly folder: string;
  /** The forms that the disk is needed in, as the plan says. */
  readonly forms: readonly FormSpec[];
  readonly provenance: ProvenanceOrder;
}

export function workerJob(settings: BuildSettings, args: JobArgs): WorkerJob {
  const { arch, key, sources, project, stack, identity, folder, forms, provenance } = args;
  const choice = settings.architectures[arch];
  if (!choice) throw new Error(`architectures.${arch}: not in the settings, but the plan builds for it`);
  const { recipe } = sources.identity;
  const { firstBoot, bootCheck } = settings;
  const { timeoutMinutes, checks } = bootCheck;
  const authorities = workerAuthorities(pulledBy(sources, arch), settings);
  // A worker's program runs in another folder.
  const there = (worker: WorkerSpec): WorkerSpec => workersOf(worker).at(worker, project);
  return {
    key,
    arch,
    worker: there(choice.worker),
    ...(choice.spares === undefined ? {} : { spares: choice.spares.map(there) }),
    store: settings.store,
    objects: buildObjects(folder, key),
    source: source(settings, sources, arch, project),
    registries: settings.registries,
    ...(sources.signatures === undefined ? {} : { signatures: sources.signatures.handed }),
    ...(authorities.length === 0 ? {} : { authorities }),
    builder: {
      image: pinned(recipe.builder.reference, recipe.builder.digest),
      ...(recipe.kind === undefined ? {} : { kind: recipe.kind }),
      ...(recipe.packaged?.includes(arch) ? { packaged: true } : {}),
      rootfs: recipe.rootfs,
      args: recipe.args,
      ...(recipe.config === undefined
        ? {}
        : { config: recipe.config, configFormat: configFormat(settings.disk.config ?? "") }),
    },
    ...(firstBoot === "off" ? {} : { firstBoot: { mode: firstBoot, timeoutMinutes, checks } }),
    provenance,
    needGib: settings.disk.needGib,
    // What another access is for is made from the store.
    forms: writtenTogether(forms),
    attempts: settings.attempts,
    stack,
    identity,
  };
}

/** The names of the files travel in an environment variable, whose size Linux limits to 128 KiB; quotes take their share. */
const MOST_NAMES_BYTES = 40 * 1024;

function source(
  { source: written }: Pick<BuildSettings, "source">,
  { identity, needs, files, contextFiles }: Sources,
  arch: Arch,
  project: string,
): JobSource {
  const found = identity.source;
  if (found.kind === "image") {
    return { kind: "image", reference: pinned(found.reference, found.digest) };
  }
  // The build key has another name for one that is outside of the folder.
  const { containerfile } = written.kind === "context" ? written : found;
  const { hash, target, options } = found;
  const { images = [], builderArgs = {}, heredocLine, contexts: used = new Set<string>() } = needs[arch] ?? {};
  const pins = Object.fromEntries(
    images.map(({ reference }) => [reference, pinned(reference, identity.from[reference] ?? "")]),
  );
  // podman fills in the platform where a FROM asks for it only when it is told.
  const buildArgs = { ...builderArgs, ...found.buildArgs };
  const fits = files !== undefined && Buffer.byteLength(JSON.stringify([files, contextFiles])) <= MOST_NAMES_BYTES;
  const contexts = Object.entries(found.contexts ?? {})
    .filter(([name]) => used.has(name))
    .map(([name, one]) => {
      const named = contextFiles?.[name];
      return [name, jobContext(one, project, fits ? named : undefined)] as const;
    });
  return {
    kind: "context",
    folder: path.resolve(project, found.context),
    context: { hash, ...(fits ? { files } : {}) },
    ...{ containerfile, buildArgs, pins },
    ...(target === undefined ? {} : { target }),
    ...(options === undefined ? {} : { options }),
    ...(contexts.length === 0 ? {} : { contexts: Object.fromEntries(contexts) }),
    ...(heredocLine === undefined ? {} : { heredocLine }),
  };
}

function jobContext(found: ContextIdentity, project: string, files: Sources["files"]): JobContext {
  if ("image" in found) return { kind: "image", reference: found.image };
  const context = { hash: found.hash, ...(files === undefined ? {} : { files }) };
  return { kind: "folder", folder: path.resolve(project, found.folder), context };
}
