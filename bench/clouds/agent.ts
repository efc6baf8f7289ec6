/** The agent from the disk that is built to its record: its own steps, in a process of its own, as on a worker. */
import { mkdir, stat } from "node:fs/promises";
import { Job } from "../../agent/job/job";
import { JobFolder } from "../../agent/job/job-folder";
import { takeOver } from "../../agent/life/take-over";
import { systemClock } from "../../agent/machine/clock";
import { findCommand, runCommand } from "../../agent/machine/processes";
import { curlPut } from "../../agent/machine/put";
import { commit } from "../../agent/steps/commit";
import { upload } from "../../agent/steps/upload";

async function main(): Promise<void> {
  const [folderPath = "", root = "", disk = ""] = process.argv.slice(2);
  const machine = {
    ...{ run: runCommand, put: curlPut(runCommand), find: findCommand, clock: systemClock, root },
    ...{ uid: process.getuid?.() ?? -1, self: { node: process.execPath, script: __filename } },
  };
  const folder = new JobFolder(folderPath);
  const spec = await folder.spec();
  await takeOver(machine, folder, spec);
  const job = new Job(machine, folder, spec, new AbortController().signal);
  await mkdir(job.work, { recursive: true });
  job.enter("upload");
  const { size, mtime } = await stat(disk);
  const builtAt = mtime.toISOString();
  const sent = await upload(job, { path: disk, sizeBytes: size, builtAt });
  const seconds = { prepare: 0, build: 0, disk: 0, upload: 0, commit: 0 };
  const record = await commit(job, { ...sent, imageDigest: `sha256:${"0".repeat(64)}`, builtAt, seconds });
  await folder.writeResult({ ok: true, record });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
