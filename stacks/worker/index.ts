/** One temporary machine that builds one disk image and sends it to the store. */
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { bundleAgent } from "../../agent/bundle";
import { AgentRun, agentFolder } from "../../components/agent-run";
import type { JobSource } from "../../components/jobs";
import { startSnapshots } from "../../components/snapshots";
import { packContext } from "../../components/source";
import { platform } from "../../infra";
import { readAttempt, readJob } from "./settings";
import { agentSpec } from "./spec";

export = async () => {
  const job = readJob();
  const attempt = { number: readAttempt(), of: job.attempts };
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

/** The build context as a tar file, removed when this program ends. */
async function archive(source: JobSource, key: string): Promise<string | undefined> {
  if (source.kind === "image") return undefined;
  const file = path.join(tmpdir(), `copr-builders-${key.slice(0, 8)}-${process.pid}.tar`);
  process.once("exit", () => {
    rmSync(file, { force: true });
  });
  await packContext(source.folder, file, source.containerfile);
  return file;
}
