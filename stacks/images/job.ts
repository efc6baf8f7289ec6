/** The order for one build's worker, from the settings. */
import * as path from "node:path";
import { buildObjects, type JobSource, type WorkerJob } from "../../components/jobs";
import type { BuildSettings } from "../../components/settings";
import { configFormat, pinned, type Sources } from "../../components/source";
import type { SnapshotSpec, WorkerSpec } from "../../infra/specs";
import type { Arch } from "../../infra/words";

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
  /** Where the disk is needed as a snapshot, as the plan says. */
  readonly snapshots: readonly SnapshotSpec[];
}

export function workerJob(settings: BuildSettings, args: JobArgs): WorkerJob {
  const { arch, key, sources, project, stack, identity, snapshots } = args;
  const worker = settings.architectures[arch]?.worker;
  if (!worker) throw new Error(`architectures.${arch}: not in the settings, but the plan builds for it`);
  const { recipe } = sources.identity;
  return {
    key,
    arch,
    worker: absolute(worker, project),
    store: settings.store,
    objects: buildObjects(identity, key),
    source: source(sources, arch, project),
    registries: settings.registries,
    builder: {
      image: pinned(recipe.builder.reference, recipe.builder.digest),
      rootfs: recipe.rootfs,
      args: recipe.args,
      ...(recipe.config === undefined
        ? {}
        : { config: recipe.config, configFormat: configFormat(settings.disk.config ?? "") }),
    },
    needGib: settings.disk.needGib,
    // One role at a time: what another is for is made from the store.
    snapshots: snapshots.filter(({ role }) => role === snapshots[0]?.role),
    attempts: settings.attempts,
    stack,
    identity,
  };
}

function source({ identity, needs }: Sources, arch: Arch, project: string): JobSource {
  const found = identity.source;
  if (found.kind === "image") {
    return { kind: "image", reference: pinned(found.reference, found.digest) };
  }
  const { context, containerfile } = found;
  const { images = [], platformArgs = {}, heredocLine } = needs[arch] ?? {};
  const pins = Object.fromEntries(
    images.map(({ reference }) => [reference, pinned(reference, identity.from[reference] ?? "")]),
  );
  // podman fills in the platform where a FROM asks for it only when it is told.
  const buildArgs = { ...platformArgs, ...found.buildArgs };
  const heredoc = heredocLine === undefined ? {} : { heredocLine };
  return { kind: "context", folder: path.resolve(project, context), containerfile, buildArgs, pins, ...heredoc };
}

/** A worker's program runs in another folder. */
function absolute(worker: WorkerSpec, project: string): WorkerSpec {
  return worker.platform === "ssh"
    ? { ...worker, privateKeyFile: path.resolve(project, worker.privateKeyFile) }
    : worker;
}
