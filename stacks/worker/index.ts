/** One temporary machine that builds one disk image and sends it to the store. */
import * as pulumi from "@pulumi/pulumi";
import { bundleAgent } from "../../agent/bundle";
import { AgentRun, agentFolder } from "../../components/agent-run";
import { parts } from "../../infra";
import { workerOfAttempt } from "../../infra/attempts";
import { beginForms } from "./forms";
import { plainly } from "../plainly";
import { archive } from "./archive";
import { readAttempt, readBuildSecrets, readContextCache, readJob, readLogins } from "./settings";
import { agentSpec } from "./spec";

export = () => plainly(build);

async function build() {
  const job = readJob();
  const { stack, identity } = job;
  const attempt = readAttempt();
  const { worker: spec, index, number } = workerOfAttempt(job, attempt, job.attempts);
  // Another machine is other resources: what an interrupted run has of one never becomes the other.
  const which = index === 0 ? "" : `-${index + 1}`;
  // Before any machine: a folder that has changed meanwhile needs none.
  const context = await archive(job.source, job.key, readContextCache());
  const { worker: startWorker } = await parts(spec.platform);
  const thisTry = { number, of: job.attempts, madeFor: { stack, identity } };
  const worker = startWorker(`worker${which}`, job.arch, spec, {}, thisTry);
  const forms = await beginForms(job, worker.machineId);
  const uploads = forms.flatMap(({ begun }) => begun).map(({ upload }) => upload);
  const run = new AgentRun(`build${which}`, {
    worker,
    key: job.key,
    arch: job.arch,
    objects: job.objects,
    agent: await bundleAgent(),
    ...(context === undefined ? {} : { contextArchive: context.file }),
    attempt,
    forms,
    logins: readLogins(),
    buildSecrets: readBuildSecrets(),
    lifetimeMinutes: spec.lifetimeMinutes,
    spec: pulumi.secret(
      pulumi.all([worker.scratchDevice, pulumi.all(uploads)]).apply(([scratchDevice, begun]) =>
        agentSpec({
          job,
          worker: spec,
          ownMachine: worker.ownMachine,
          ...(scratchDevice === undefined ? {} : { scratchDevice }),
          ...(context === undefined
            ? {}
            : { contextArchive: { ...context, path: agentFolder(job.key, attempt).context } }),
          forms: begun.filter((upload) => upload !== undefined),
        }),
      ),
    ),
  });
  return { artifact: run.artifact };
}
