import { mkdir } from "node:fs/promises";
import { addConverter, installMissing, missingCommands } from "./commands";
import { addEmulator } from "./first-boot/add-emulator";
import { exists } from "../machine/exists";
import { CONTAINERS, machinePath } from "../machine/paths";
import type { Job } from "../job/job";
import { StepError } from "../job/step-error";
import { growMemoryFolders } from "./memory-folders";
import { closeMetadataService } from "./metadata-service";
import { isMounted } from "../machine/mounts";
import { writeAuthorities } from "./authorities";
import { writeLogins } from "./logins";
import { writeRegistries } from "./registries";
import { attachScratch, checkScratch } from "./scratch";
import { writeSignaturePolicy } from "./signatures";
import { FINAL_BUILD_ERROR } from "../../contract/agent-result";
import { BUILDER_PACKAGE } from "../../contract/disk-builder";
import { diskFree } from "./room";
import { GIB } from "../../contract/sizes";
import { gibibytes } from "../machine/sizes";

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
  if (missing.includes(BUILDER_PACKAGE) && !(await machine.find("dnf"))) {
    problems.push(
      `${BUILDER_PACKAGE} is not there, and only Fedora, CentOS Stream and RHEL have the package; build for ${spec.arch} on one of ` +
        "these, or name a container that is there for it in disk.builder.image, and none in disk.builder.packaged",
    );
  }
  if (spec.source.kind === "context") problems.push(...(await checkArchive(spec.source.archive)));
  if (spec.source.kind === "context") problems.push(...(await checkDevices(job, spec.source.options?.device ?? [])));
  if (spec.scratchDevice !== undefined) problems.push(...(await checkScratch(job, spec.scratchDevice)));
  else problems.push(...(await checkSpace(job)));
  if (problems.length > 0)
    throw new StepError(`the machine cannot build this:\n${problems.map((line) => `- ${line}`).join("\n")}`);

  if (missing.length > 0) await installMissing(job, missing);
  await addConverter(job);
  if (spec.scratchDevice !== undefined) {
    await attachScratch(job, spec.scratchDevice);
    const [problem] = await checkSpace(job);
    if (problem !== undefined) throw new StepError(problem);
  }
  await mkdir(job.work, { recursive: true, mode: 0o700 });
  await checkPodman(job);
  if (spec.ownMachine) {
    await growMemoryFolders(job);
    await closeMetadataService(job);
  }
  await writeRegistries(job);
  await writeAuthorities(job);
  await writeLogins(job);
  await writeSignaturePolicy(job);
  await addEmulator(job);
}

/** Version of podman, and so of the buildah in it, that first knew heredocs. */
const HEREDOCS_SINCE = [4, 8] as const;

/** Said before anything is unpacked or pulled: an old podman takes a heredoc's second line for an instruction. */
async function checkPodman(job: Job): Promise<void> {
  const line = job.spec.source.kind === "context" ? job.spec.source.heredocLine : undefined;
  if (line === undefined) return;
  const said = await job.must("podman", ["--version"], { quiet: true });
  const [, version = "", major = "", minor = ""] = /\b((\d+)\.(\d+)[\w.~+-]*)/.exec(said) ?? [];
  const [needMajor, needMinor] = HEREDOCS_SINCE;
  // One that tells no version may know them: the build will say.
  if (version === "" || Number(major) > needMajor) return;
  if (Number(major) === needMajor && Number(minor) >= needMinor) return;
  throw new StepError(
    `${FINAL_BUILD_ERROR}: line ${line} of the Containerfile has a heredoc (<<), which podman knows since ` +
      `${HEREDOCS_SINCE.join(".")}, and this machine has ${version}; build on a newer distribution, or write it without`,
    { permanent: true },
  );
}

/** podman would say so after the pulls. */
async function checkDevices(job: Job, devices: readonly string[]): Promise<string[]> {
  const there = await Promise.all(devices.map((path) => exists(machinePath(job.machine, path))));
  return devices
    .filter((_, index) => !there[index])
    .map((path) => `${path} (source.options.device) is not there; ${deviceRemedy(path)}`);
}

const deviceRemedy = (path: string): string =>
  path === "/dev/kvm"
    ? "take a worker that can run virtual machines: bare metal, or one with nested virtualization"
    : "load its kernel module";

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
