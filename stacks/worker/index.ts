/** One temporary machine that builds one disk image and sends it to the store. */
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { bundleAgent } from "../../agent/bundle";
import { AgentRun, agentFolder } from "../../components/agent-run";
import type { JobSource } from "../../components/jobs";
import { packContext } from "../../components/source";
import { platform } from "../../infra";
import { readJob } from "./settings";
import { agentSpec } from "./spec";

export = async () => {
  const job = readJob();
  const worker = platform(job.worker.platform).worker("worker", job.arch, job.worker, {});
  const contextArchive = await archive(job.source, job.key);
  const run = new AgentRun("build", {
    worker,
    key: job.key,
    agent: await bundleAgent(),
    ...(contextArchive === undefined ? {} : { contextArchive }),
    spec: pulumi.secret(agentSpec(job, worker, agentFolder(job.key).context)),
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
