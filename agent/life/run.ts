import { rm } from "node:fs/promises";
import { endGroup, identify, isAlive } from "../machine/alive";
import { build, type BuiltImage } from "../steps/build";
import { commit } from "../steps/commit";
import { disk, outputPath } from "../steps/disk";
import { Job, StepError } from "../job/job";
import type { AgentResult, JobFolder } from "../job/job-folder";
import type { Machine } from "../machine/machine";
import { keepPackages } from "../steps/packages";
import { workDigest } from "../../contract/parse-agent-spec";
import { prepare } from "../steps/prepare";
import { sideBySide } from "../machine/side-by-side";
import { holdsAll, type AgentSpec, type CommitRecord, type StepName } from "../../contract/agent-spec";
import { packedPath, upload, type Uploaded } from "../steps/upload";

/** Seconds that the steps took, in whichever run each was done. */
export type Seconds = Record<StepName, number>;

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
    await folder.writeResult(failure(job, reason));
    return 1;
  } finally {
    clearTimeout(timer);
  }
}

async function steps(job: Job): Promise<CommitRecord> {
  const seconds: Seconds = { prepare: 0, build: 0, disk: 0, upload: 0, commit: 0 };
  const timed = async <T>(step: StepName, work: () => Promise<T>): Promise<T> => {
    const start = job.machine.clock.steady();
    job.enter(step);
    const value = await work();
    seconds[step] = (job.machine.clock.steady() - start) / 1000;
    return value;
  };
  await timed("prepare", () => prepare(job));
  let uploaded = await job.marker<Uploaded>("upload");
  if (!isFor(uploaded, job.spec)) {
    const image: BuiltImage = await timed("build", () => build(job));
    const [raw, list] = await timed("disk", () =>
      sideBySide(
        job.signal,
        () => disk(job, image),
        () => keepPackages(job, image),
      ),
    );
    const stored = await timed("upload", () => upload(job, raw));
    // A step that was found done tells how long it took when it was.
    seconds.build = image.seconds ?? seconds.build;
    seconds.disk = raw.seconds ?? seconds.disk;
    const objects = { ...stored.objects, ...(list && { "packages.json": list }) };
    uploaded = { ...stored, objects, imageDigest: image.digest, builtAt: raw.builtAt, seconds: { ...seconds } };
    await job.mark("upload", uploaded, true);
    // The disk is in the store and the mark outlives a power loss: the room is the next build's.
    await rm(outputPath(job), { recursive: true, force: true });
    await rm(packedPath(job), { force: true });
  }
  const done: Uploaded = uploaded;
  return timed("commit", () => commit(job, done));
}

/** What was uploaded counts if it lies where this spec wants it. */
function isFor(uploaded: Uploaded | undefined, spec: AgentSpec): uploaded is Uploaded {
  return uploaded !== undefined && holdsAll(uploaded, spec);
}

/** Makes this process the one that works on the job, and ends what a killed one left running. */
async function takeOver(machine: Machine, folder: JobFolder, spec: AgentSpec): Promise<void> {
  const owner = await folder.owner();
  if (owner !== undefined && owner.pid !== process.pid && (await isAlive(owner))) {
    throw new Error(`${folder.path}: process ${owner.pid} works on it already; follow that one`);
  }
  const me = await identify(process.pid);
  if (me === undefined) throw new Error("/proc does not show this process: /proc has to be mounted");
  await folder.writeOwner({ ...me, key: spec.key });
  const child = await folder.child();
  if (child !== undefined && !(await endGroup(child, "SIGKILL", 10_000, machine.clock))) {
    throw new Error(`process ${child.pid}, left by an earlier agent, cannot be ended; the machine needs a restart`);
  }
}

/** On a machine of our own its life is counted from the first start; elsewhere each run has its time. */
async function deadlineOf(machine: Machine, folder: JobFolder, spec: AgentSpec): Promise<number> {
  const now = machine.clock.now();
  return (spec.ownMachine ? await folder.firstStart(now) : now) + spec.lifetimeMinutes * 60_000;
}

function failure(job: Job, reason: unknown): AgentResult {
  const known = reason instanceof StepError ? reason : undefined;
  const causes: string[] = [];
  for (let at: unknown = reason; at instanceof Error && causes.length < 5; at = at.cause) {
    // What wraps an error often says all that it says.
    const { message } = at;
    if (!causes.some((text) => text.includes(message))) causes.push(message);
  }
  return {
    ok: false,
    step: job.currentStep,
    error: causes.join(": ") || String(reason),
    tail: known?.tail ?? [],
    permanent: known?.permanent ?? false,
    work: workDigest(job.spec),
  };
}
