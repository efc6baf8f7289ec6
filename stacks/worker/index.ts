/** One temporary machine that builds one disk image and sends it to the store. */
import * as pulumi from "@pulumi/pulumi";
import { bundleAgent } from "../../agent/bundle";
import { AgentRun, agentFolder } from "../../components/agent-run";
import { parts } from "../../infra";
import { beginForms } from "./forms";
import { plainly } from "../plainly";
import { archive } from "./archive";
import { readAttempt, readBuildSecrets, readJob, readLogins } from "./settings";
import { agentSpec } from "./spec";

export = () => plainly(build);

async function build() {
  const job = readJob();
  const { stack, identity } = job;
  const attempt = { number: readAttempt(), of: job.attempts, madeFor: { stack, identity } };
  // Before any machine: a folder that has changed meanwhile needs none.
  const context = await archive(job.source, job.key);
  const { worker: startWorker } = await parts(job.worker.platform);
  const worker = startWorker("worker", job.arch, job.worker, {}, attempt);
  const forms = await beginForms(job, worker.machineId);
  const uploads = forms.flatMap(({ begun }) => begun).map(({ upload }) => upload);
  const run = new AgentRun("build", {
    worker,
    key: job.key,
    arch: job.arch,
    objects: job.objects,
    agent: await bundleAgent(),
    ...(context === undefined ? {} : { contextArchive: context.file }),
    attempt: attempt.number,
    forms,
    logins: readLogins(),
    buildSecrets: readBuildSecrets(),
    lifetimeMinutes: job.worker.lifetimeMinutes,
    spec: pulumi.secret(
      pulumi.all([worker.scratchDevice, pulumi.all(uploads)]).apply(([scratchDevice, begun]) =>
        agentSpec({
          job,
          ownMachine: worker.ownMachine,
          ...(scratchDevice === undefined ? {} : { scratchDevice }),
          ...(context === undefined
            ? {}
            : { contextArchive: { path: agentFolder(job.key, attempt.number).context, sha256: context.sha256 } }),
          forms: begun,
        }),
      ),
    ),
  });
  return { artifact: run.artifact };
}
