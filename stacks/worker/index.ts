/** One temporary machine that builds one disk image and sends it to the store. */
import * as pulumi from "@pulumi/pulumi";
import { bundleAgent } from "../../agent/bundle";
import { AgentRun, agentFolder } from "../../components/agent-run";
import { startSnapshots } from "../../components/snapshots";
import { platform } from "../../infra";
import { archive } from "./archive";
import { readAttempt, readJob } from "./settings";
import { agentSpec } from "./spec";

export = async () => {
  const job = readJob();
  const { stack, identity } = job;
  const attempt = { number: readAttempt(), of: job.attempts, madeFor: { stack, identity } };
  const worker = platform(job.worker.platform).worker("worker", job.arch, job.worker, {}, attempt);
  const snapshots = startSnapshots(job, worker.machineId);
  const contextArchive = await archive(job.source, job.key);
  const run = new AgentRun("build", {
    worker,
    key: job.key,
    agent: await bundleAgent(),
    ...(contextArchive === undefined ? {} : { contextArchive }),
    snapshots,
    lifetimeMinutes: job.worker.lifetimeMinutes,
    spec: pulumi.secret(
      pulumi.all([worker.scratchDevice, pulumi.all(snapshots)]).apply(([scratchDevice, started]) =>
        agentSpec({
          job,
          ownMachine: worker.ownMachine,
          ...(scratchDevice === undefined ? {} : { scratchDevice }),
          contextArchive: agentFolder(job.key).context,
          snapshots: started,
        }),
      ),
    ),
  });
  return { artifact: run.artifact };
};
