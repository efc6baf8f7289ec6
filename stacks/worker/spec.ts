/** The agent's orders for one job: what the outer stack asked for, with presigned URLs instead of credentials. */
import type { AgentSource, AgentSpec, FormUpload } from "../../contract/agent-spec";
import type { FirstBootOrder } from "../../contract/first-boot";
import type { WorkerContext } from "../../contract/named-contexts";
import type { PackedContext } from "../../model/source";
import { checkScript } from "../../components/check-script";
import type { JobSource, WorkerJob } from "../../components/jobs";
import { workersOf, type WorkerSpec } from "../../infra/specs";
import { openStore } from "../../provider/object-store";

export interface AgentSpecArgs {
  readonly job: WorkerJob;
  /** Which of the job's workers it is. */
  readonly worker: WorkerSpec;
  readonly ownMachine: boolean;
  readonly scratchDevice?: string;
  /** The tar file with the build context, on the worker; absent where an image is the source. */
  readonly contextArchive?: PackedContext & { readonly path: string };
  /** Where the disk is written beside the store: the forms that wait for it. */
  readonly forms: readonly FormUpload[];
}

export async function agentSpec(args: AgentSpecArgs): Promise<AgentSpec> {
  const { job, worker, contextArchive, scratchDevice, ownMachine, forms } = args;
  const store = openStore(job.store);
  const { lifetimeMinutes } = worker;
  const presign = (object: string) =>
    store.presignPut(object, { forWorkers: true, expiresSeconds: lifetimeMinutes * 60 });
  const { disk, packages, sbom, provenance, record } = job.objects;
  return {
    version: 1,
    key: job.key,
    arch: job.arch,
    source: agentSource(job.source, contextArchive),
    registries: job.registries,
    ...(job.signatures === undefined ? {} : { signatures: job.signatures }),
    ...(job.authorities === undefined ? {} : { authorities: job.authorities }),
    builder: job.builder,
    ...(job.firstBoot === undefined ? {} : { firstBoot: firstBootOrder(job.key, job.firstBoot) }),
    uploads: [
      // Always: what is published later, anywhere, is made from it.
      { format: "raw.zst", object: disk, url: await presign(disk) },
      ...forms,
    ],
    packages: { object: packages, url: await presign(packages) },
    statements: {
      sbom: { object: sbom, url: await presign(sbom) },
      provenance: { object: provenance, url: await presign(provenance), order: job.provenance },
    },
    record: { object: record, url: await presign(record) },
    ...(scratchDevice === undefined ? {} : { scratchDevice }),
    worker: { platform: worker.platform, type: workersOf(worker).type(worker) },
    needGib: job.needGib,
    lifetimeMinutes,
    ownMachine,
  };
}

/** The checks of every boot check, by the same script. */
function firstBootOrder(key: string, { checks, ...order }: NonNullable<WorkerJob["firstBoot"]>): FirstBootOrder {
  return { ...order, script: checkScript({ key, checks }) };
}

function agentSource(source: JobSource, archive: AgentSpecArgs["contextArchive"]): AgentSource {
  if (source.kind === "image") return source;
  if (archive === undefined) throw new Error(`the context ${source.folder} was not packed`);
  const { buildArgs, pins, target, options, heredocLine } = source;
  const { path: file, sha256, folder, containerfile } = archive;
  const heredoc = heredocLine === undefined ? {} : { heredocLine };
  const stage = target === undefined ? {} : { target };
  const how = options === undefined ? {} : { options };
  const named = Object.entries(source.contexts ?? {}).map(([name, context]): [string, WorkerContext] => [
    name,
    context.kind === "image" ? context : { kind: "folder", path: archive.named[name] ?? "" },
  ]);
  const beside = {
    ...(folder === undefined ? {} : { folder }),
    ...(named.length === 0 ? {} : { contexts: Object.fromEntries(named) }),
  };
  const what = { kind: "context", archive: file, sha256, ...beside, containerfile, buildArgs, pins } as const;
  return { ...what, ...stage, ...how, ...heredoc };
}
