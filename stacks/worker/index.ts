/** One temporary machine that builds one disk image and sends it to the store. */
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { bundleAgent } from "../../agent/bundle";
import { AgentRun, agentFolder } from "../../components/agent-run";
import type { JobSource, WorkerJob } from "../../components/jobs";
import { packContext } from "../../components/source";
import { platform } from "../../infra";
import { agentSpec } from "./spec";

/** An older generation is declared again for its record in the store; nobody can build it from today's source. */
const SOURCE_GONE =
  "this build belongs to an older generation, whose source is not here any more, and its record is not in the store; " +
  "restore the store, or let the generation go by lowering keepGenerations";

export = async () => {
  const job = new pulumi.Config().requireObject<WorkerJob | null>("job");
  if (job === null) throw new Error(SOURCE_GONE);
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
