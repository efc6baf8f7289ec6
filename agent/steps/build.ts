import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildContainers, LIST_BUILD_CONTAINERS, noteBefore } from "./build-containers";
import { explainBuildFailure, STEP_LINE } from "./build-failure";
import { hashCommand } from "./hash-disk";
import { imageTag, sourceTag } from "../job/names";
import type { Job } from "../job/job";
import { StepError } from "../job/step-error";
import { firstWord } from "./read-through";
import { registriesEnvironment } from "./registries";
import { pull } from "./pull";
import { secretArgs } from "./build-secrets";
import { refusedBySignature, signatureArgs } from "./signatures";
import { optionArgs } from "../../contract/build-options";
import { KEY_FILE } from "../../contract/key-file";
import type { WorkerContexts } from "../../contract/named-contexts";
import type { AgentSpec } from "../../contract/agent-spec";

/** What the agent itself knows the image by. */
const KEY_LABEL = "io.copr-builders.build-key";

/** The OCI image that the disk is made from. */
export interface BuiltImage {
  readonly id: string;
  readonly digest: string;
  /** How long it took, if it was there already. */
  readonly seconds?: number;
}

/** Builds or pulls the image and puts the build key into it; an image that is there is kept. */
export async function build(job: Job): Promise<BuiltImage> {
  const start = job.machine.clock.steady();
  const marker = await job.marker<BuiltImage>("build");
  const there = await inspect(job);
  if (marker !== undefined && there?.id === marker.id) return { ...there, seconds: marker.seconds ?? 0 };

  const from = await source(job);
  await addKey(job, from);
  const image = await inspect(job);
  if (image === undefined) throw new StepError(`podman built ${imageTag(job.spec)}, but does not know it`);
  await job.mark("build", { ...image, seconds: (job.machine.clock.steady() - start) / 1000 });
  return image;
}

/** Gives the reference of the image without the key. */
async function source(job: Job): Promise<string> {
  const { source } = job.spec;
  switch (source.kind) {
    case "context":
      await buildContext(job, source);
      return sourceTag(job.spec);
    case "image":
      job.progress(`build: pull ${source.reference}`);
      await pull(job, source.reference);
      return source.reference;
  }
}

async function buildContext(job: Job, source: AgentSpec["source"] & { kind: "context" }): Promise<void> {
  const unpacked = join(job.work, "context");
  await rm(unpacked, { recursive: true, force: true });
  await mkdir(unpacked, { recursive: true });
  await checkArchive(job, source);
  await job.must("tar", ["-x", "-f", source.archive, "-C", unpacked, "--no-same-owner"]);
  const buildArgs = Object.entries(source.buildArgs).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
  await noteBuildContainers(job);
  await pullPinned(job, source.pins);
  const lines: string[] = [];
  const args = [
    "build",
    ...optionArgs(source.options ?? {}),
    ...OWN_NAMESPACES,
    ...signatureArgs(job),
    "--pull=missing",
  ];
  if (source.target !== undefined) args.push("--target", source.target);
  args.push(...(await secretArgs(job)), ...contextArgs(source.contexts ?? {}, unpacked));
  args.push("-f", join(unpacked, source.containerfile), ...buildArgs, "-t", sourceTag(job.spec));
  args.push(join(unpacked, source.folder ?? ""));
  const result = await job.run("podman", args, {
    env: { ...registriesEnvironment(job), TMPDIR: await temporary(job) },
    onLine: (line) => {
      lines.push(line);
      if (lines.length > 2000) lines.splice(0, 1000);
      if (STEP_LINE.test(line)) job.progress(`build: ${line.length > 100 ? `${line.slice(0, 97)}...` : line}`);
    },
  });
  if (result.code !== 0) throw refusedBySignature(result, "an image") ?? explainBuildFailure(result, lines);
}

/** Whatever the machine's containers.conf shares with every container: RUN sees no process and no semaphore of the machine. */
const OWN_NAMESPACES = ["--pid", "private", "--ipc", "private", "--uts", "private"] as const;

/** Where podman keeps what `RUN --mount=type=cache` leaves: by default every build of the machine finds that of all others. */
async function temporary(job: Job): Promise<string> {
  const folder = join(job.work, "tmp");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

function contextArgs(contexts: WorkerContexts, unpacked: string): string[] {
  return Object.entries(contexts).flatMap(([name, one]) => [
    "--build-context",
    `${name}=${one.kind === "folder" ? join(unpacked, one.path) : `container-image://${one.reference}`}`,
  ]);
}

/** Copying may be cut off, and others may write to the folder: what was not packed for this build is not unpacked. */
async function checkArchive(job: Job, { archive, sha256 }: AgentSpec["source"] & { kind: "context" }): Promise<void> {
  const [command, ...args] = await hashCommand((name) => job.machine.find(name));
  const found = firstWord(await job.must(command, [...args, archive], { quiet: true }));
  if (found === sha256) return;
  throw new StepError(
    `the build context ${archive} is not what was sent: its sha256 is ${found}, not ${sha256}; the next try copies it again`,
  );
}

/** Gets what the Containerfile builds on by its digest, under the name that the Containerfile has for it. */
async function pullPinned(job: Job, pins: Readonly<Record<string, string>>): Promise<void> {
  for (const [reference, pinned] of Object.entries(pins)) {
    job.progress(`build: pull ${reference}`);
    await pull(job, pinned);
    if (!reference.includes("@")) await job.must("podman", ["tag", pinned, reference]);
  }
}

/**
 * On a machine of our own nobody else builds: what a killed build left there is removed, for its room. Elsewhere it could
 * be somebody's who builds just now: what is there is noted, so that `clean` can name what ours left.
 */
async function noteBuildContainers(job: Job): Promise<void> {
  const containers = buildContainers(await job.run("podman", LIST_BUILD_CONTAINERS, { quiet: true }));
  if (job.spec.ownMachine) {
    if (containers.length > 0) await job.must("podman", ["rm", "--force", ...containers]);
  } else await noteBefore(job.folder, containers);
}

/**
 * One more layer, COPY only: it works for images without a shell. The disk says of itself which build it is.
 * The image is local by now: nothing is pulled.
 */
async function addKey(job: Job, from: string): Promise<void> {
  const { key } = job.spec;
  const folder = join(job.work, "key");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "build-key"), `${key}\n`, { mode: 0o644 });
  await writeFile(join(folder, "Containerfile"), `FROM ${from}\nCOPY --chmod=0644 build-key ${KEY_FILE}\n`);
  job.progress("build: add the build key");
  const labels = ["--label", `${KEY_LABEL}=${key}`];
  // ONBUILD of the image below could run something here, and needs no network for it.
  const args = ["build", "--pull=never", "--network", "none", "-f", join(folder, "Containerfile"), ...labels];
  await job.must("podman", [...args, "-t", imageTag(job.spec), folder], { env: registriesEnvironment(job) });
}

/** The image as podman knows it; undefined if it does not. */
async function inspect(job: Job): Promise<BuiltImage | undefined> {
  const result = await job.run("podman", ["image", "inspect", imageTag(job.spec)], { quiet: true });
  if (result.code !== 0) return undefined;
  const [image] = JSON.parse(result.stdout) as { Id: string; Digest: string; Labels?: Record<string, string> | null }[];
  if (image === undefined || image.Labels?.[KEY_LABEL] !== job.spec.key) return undefined;
  return { id: image.Id, digest: image.Digest };
}
