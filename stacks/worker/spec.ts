/** The agent's orders for one job: what the outer stack asked for, with presigned URLs instead of credentials. */
import type { AgentSpec } from "../../agent/spec";
import type { WorkerJob } from "../../components/jobs";
import { workerType } from "../../infra/specs";
import type { Worker } from "../../infra/platform";
import { openStore } from "../../provider/object-store";

export async function agentSpec(job: WorkerJob, worker: Worker, contextArchive: string): Promise<AgentSpec> {
  const store = openStore(job.store);
  const { lifetimeMinutes } = job.worker;
  const presign = (object: string) =>
    store.presignPut(object, { forWorkers: true, expiresSeconds: lifetimeMinutes * 60 });
  const { disk, packages, record } = job.objects;
  return {
    version: 1,
    key: job.key,
    arch: job.arch,
    source:
      job.source.kind === "image"
        ? job.source
        : {
            kind: "context",
            archive: contextArchive,
            containerfile: job.source.containerfile,
            buildArgs: job.source.buildArgs,
            pins: job.source.pins,
          },
    registries: job.registries,
    builder: job.builder,
    uploads: [{ format: "raw.zst", object: disk, url: await presign(disk) }],
    packages: { object: packages, url: await presign(packages) },
    record: { object: record, url: await presign(record) },
    ...(worker.scratchDevice === undefined ? {} : { scratchDevice: worker.scratchDevice }),
    worker: { platform: job.worker.platform, type: workerType(job.worker) },
    needGib: job.needGib,
    lifetimeMinutes,
    ownMachine: worker.ownMachine,
  };
}
