/** The agent's orders for one job: what the outer stack asked for, with presigned URLs instead of credentials. */
import type { AgentSpec } from "../../agent/spec";
import type { WorkerJob } from "../../components/jobs";
import type { Worker } from "../../infra/platform";
import { openStore } from "../../provider/object-store";

export async function agentSpec(job: WorkerJob, worker: Worker, contextArchive: string): Promise<AgentSpec> {
  const store = openStore(job.store);
  const { lifetimeMinutes } = job.worker;
  const presign = (object: string) =>
    store.presignPut(object, { forWorkers: true, expiresSeconds: lifetimeMinutes * 60 });
  const [disk, record] = await Promise.all([presign(job.objects.disk), presign(job.objects.record)]);
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
    uploads: [{ format: "raw.zst", object: job.objects.disk, url: disk }],
    record: { object: job.objects.record, url: record },
    ...(worker.scratchDevice === undefined ? {} : { scratchDevice: worker.scratchDevice }),
    needGib: job.needGib,
    lifetimeMinutes,
    ownMachine: worker.ownMachine,
  };
}
