import { rm } from "node:fs/promises";
import { build } from "../steps/build";
import { removeBuildSecrets } from "../steps/build-secrets";
import { commit, type Uploaded } from "../steps/commit";
import { disk, outputPath } from "../steps/disk";
import { removeEncoded } from "../steps/encode";
import { firstBoot } from "../steps/first-boot/first-boot";
import { Job } from "../job/job";
import { StepError } from "../job/step-error";
import type { JobFolder } from "../job/job-folder";
import type { Machine } from "../machine/machine";
import { removeLogins } from "../steps/logins";
import { keepPackages } from "../steps/packages";
import { prepare } from "../steps/prepare";
import { keepStatements } from "../steps/statements";
import { sideBySide } from "../machine/side-by-side";
import { failure } from "./failure";
import { StepTimes } from "./step-times";
import { deadlineOf, takeOver } from "./take-over";
import { holdsAll, type AgentSpec } from "../../contract/agent-spec";
import type { CommitRecord } from "../../contract/commit-record";
import { packedPath, upload } from "../steps/upload";

/**
 * Does the whole job, or what an earlier run left of it, and writes `result.json`.
 * @returns the exit status of the agent: 0 done, 1 failed.
 */
export async function runJob(machine: Machine, folder: JobFolder, stop: AbortController): Promise<number> {
  const spec = await folder.spec();
  await takeOver(machine, folder, spec);
  const job = new Job(machine, folder, spec, stop.signal);
  const deadline = await deadlineOf(machine, folder, spec);
  const timer = setTimeout(
    () => stop.abort(new StepError(`its lifetime of ${spec.lifetimeMinutes} minutes is over`)),
    Math.max(deadline - machine.clock.now(), 0),
  );
  try {
    const record = await steps(job);
    await folder.writeResult({ ok: true, record });
    return 0;
  } catch (error) {
    // When the agent is being stopped, whatever failed failed because of that.
    const reason: unknown = stop.signal.aborted ? stop.signal.reason : error;
    await folder.writeResult(failure(spec, job.currentStep, reason));
    return 1;
  } finally {
    clearTimeout(timer);
    await removeLogins(folder);
    await removeBuildSecrets(folder);
  }
}

/** The agent's story. What an earlier run finished is found again, step by step, and not done twice. */
async function steps(job: Job): Promise<CommitRecord> {
  const times = new StepTimes(job);
  await times.during("prepare", () => prepare(job));
  const earlier = await job.marker<Uploaded>("upload");
  const uploaded = isFor(earlier, job.spec) ? earlier : await buildAndUpload(job, times);
  return times.during("commit", () => commit(job, uploaded));
}

async function buildAndUpload(job: Job, times: StepTimes): Promise<Uploaded> {
  const image = await times.during("build", () => build(job));
  await removeBuildSecrets(job.folder);
  const [{ raw, booted }, list] = await times.during("disk", () =>
    sideBySide(
      job.signal,
      async () => {
        const raw = await disk(job, image);
        return { raw, booted: await firstBoot(job, raw) };
      },
      () => keepPackages(job, image),
    ),
  );
  await removeLogins(job.folder);
  const [stored, statements] = await times.during("upload", async () => {
    const sent = await upload(job, raw);
    return [sent, await keepStatements(job, { image, raw, disk: sent.disk, list })] as const;
  });
  const objects = { ...stored.objects, ...(list && { "packages.json": list.stored }), ...statements };
  const seconds = times.with({ build: image.seconds, disk: raw.seconds });
  const made = { imageDigest: image.digest, builtAt: raw.builtAt, seconds, ...(booted && { firstBoot: booted }) };
  const uploaded = { ...stored, objects, ...made };
  await job.mark("upload", uploaded, true);
  // The disk is in the store and the mark outlives a power loss: the room is the next build's.
  await rm(outputPath(job), { recursive: true, force: true });
  await rm(packedPath(job), { force: true });
  await removeEncoded(job);
  return uploaded;
}

/** What was uploaded counts if it lies where this spec wants it. */
function isFor(uploaded: Uploaded | undefined, spec: AgentSpec): uploaded is Uploaded {
  return uploaded !== undefined && holdsAll(uploaded, spec);
}
