import { access, mkdir } from "node:fs/promises";
import { installMissing, missingCommands } from "./commands";
import { CONTAINERS, type Job, machinePath, StepError } from "./job";
import { growMemoryFolders } from "./memory-folders";
import { isMounted } from "./mounts";
import { writeRegistries } from "./registries";
import { attachScratch, checkScratch } from "./scratch";
import { diskFree } from "./room";
import { GIB, gibibytes } from "./sizes";

/** Makes the machine fit for the build, or says everything that it lacks. Nothing is changed before all is checked. */
export async function prepare(job: Job): Promise<void> {
  job.progress("prepare: check the machine");
  const { spec, machine } = job;
  const problems: string[] = [];
  if (machine.uid !== 0) problems.push("the agent runs as an ordinary user; disks can be built by root only");
  const arch = (await job.must("uname", ["-m"], { quiet: true })).trim();
  if (arch !== spec.arch) problems.push(`this machine is ${arch}, but the build is for ${spec.arch}`);
  const missing = await missingCommands(job);
  if (missing.length > 0 && !spec.ownMachine) {
    problems.push(
      `these commands are missing: ${missing.join(", ")}; install them, nothing is installed on a machine that is not ours`,
    );
  }
  if (spec.source.kind === "context") problems.push(...(await checkArchive(spec.source.archive)));
  if (spec.scratchDevice !== undefined) problems.push(...(await checkScratch(job, spec.scratchDevice)));
  else problems.push(...(await checkSpace(job)));
  if (problems.length > 0)
    throw new StepError(`the machine cannot build this:\n${problems.map((line) => `- ${line}`).join("\n")}`);

  if (missing.length > 0) await installMissing(job, missing);
  if (spec.scratchDevice !== undefined) {
    await attachScratch(job, spec.scratchDevice);
    const [problem] = await checkSpace(job);
    if (problem !== undefined) throw new StepError(problem);
  }
  await mkdir(job.work, { recursive: true, mode: 0o700 });
  if (spec.ownMachine) await growMemoryFolders(job);
  await writeRegistries(job);
}

async function checkArchive(archive: string): Promise<string[]> {
  return (await exists(archive)) ? [] : [`the build context ${archive} is not there`];
}

/** Room where the image, the disk and its compressed copy go. */
async function checkSpace(job: Job): Promise<string[]> {
  // A build that goes on has taken its share already; the room was checked before it began.
  if (await exists(job.work)) return [];
  const path = machinePath(job.machine, CONTAINERS);
  await mkdir(path, { recursive: true });
  const [free] = await diskFree(job, path);
  if (free >= job.spec.needGib * GIB) return [];
  const where = (await isMounted(job.machine, CONTAINERS)) ? CONTAINERS : `${CONTAINERS} (on the root file system)`;
  return [
    `${where} has ${gibibytes(free)} free, but ${gibibytes(job.spec.needGib * GIB)} are needed; give the worker more room`,
  ];
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
