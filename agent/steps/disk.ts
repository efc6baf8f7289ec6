import { mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { BuiltImage } from "./build";
import { bootsBy } from "./boot-loader/boot-loader";
import { diskContainer, imageTag } from "../job/names";
import type { Job } from "../job/job";
import { machinePath } from "../machine/paths";
import { StepError } from "../job/step-error";
import { pull } from "./pull";
import { registriesEnvironment } from "./registries";
import { gigabytes } from "../machine/sizes";
import { whileRunning } from "../machine/while-running";
import type { AgentSpec } from "../../contract/agent-spec";
import { BUILDER_PACKAGE, type DiskBuilder, seedOf } from "../../contract/disk-builder";

/** A finished raw disk. */
export interface BuiltDisk {
  readonly path: string;
  readonly sizeBytes: number;
  /** RFC 3339, UTC. */
  readonly builtAt: string;
  /** How long it took, if it was there already. */
  readonly seconds?: number;
}

interface DiskMarker extends BuiltDisk {
  readonly imageId: string;
  readonly bootId: string;
  readonly modifiedMs: number;
}

/** Instead of a file system: the image names its own, in /usr/lib/bootc/install. */
const IMAGES_OWN = "image";
const STORAGE = "/var/lib/containers/storage";

export const outputPath = (job: Job): string => join(job.work, "output");

/** Runs the image builder; a disk that is there, whole and of the same image, is kept. */
export async function disk(job: Job, image: BuiltImage): Promise<BuiltDisk> {
  const start = job.machine.clock.steady();
  const bootId = await job.bootId();
  const found = await job.marker<DiskMarker>("disk");
  if (found?.imageId === image.id && found.bootId === bootId && (await isUnchanged(found))) return found;

  const output = outputPath(job);
  // A killed agent's container goes on without it, and writes to the folder that is removed next.
  await job.must("podman", ["rm", "--force", "--ignore", "--time", "0", diskContainer(job.spec)]);
  await rm(output, { recursive: true, force: true });
  await mkdir(output, { recursive: true });
  const { packaged, image: container } = job.spec.builder;
  // The option is one of pulls: what is there already is not asked about again.
  if (job.spec.signatures !== undefined && !packaged) await pull(job, container);
  const result = await watched(job, output, await (packaged ? ownCall(job, output) : containerCall(job, output)));
  if (result.code !== 0) {
    const how = result.reason ?? `exit status ${result.code}`;
    const which = packaged ? `${BUILDER_PACKAGE} of this machine` : container;
    throw new StepError(`the image builder ${which}: ${how}`, { tail: result.tail });
  }
  const path = await findRawDisk(output);
  const { size, mtimeMs } = await stat(path);
  if (size === 0) throw new StepError(`the image builder left an empty disk, ${path}`, { tail: result.tail });
  const ways = await bootsBy(path, job.spec.arch);
  job.progress(ways.length === 0 ? "disk" : `disk boots by ${ways.join(" and ")}`);
  const built = { path, sizeBytes: size, builtAt: new Date(job.machine.clock.now()).toISOString() };
  const seconds = (job.machine.clock.steady() - start) / 1000;
  const marker: DiskMarker = { ...built, seconds, imageId: image.id, bootId, modifiedMs: mtimeMs };
  await job.mark("disk", marker);
  return built;
}

/** A command and its arguments. */
type Command = readonly [string, ...string[]];

/** Its own caches stay in the folder of the build, which goes with it. */
async function ownCall(job: Job, output: string): Promise<Command> {
  const config = await writeConfig(job);
  const cache = ["--cache", join(job.work, "image-builder")];
  return [BUILDER_PACKAGE, "build", ...cache, ...imageBuilderArgs(job.spec, config?.path, output)];
}

async function containerCall(job: Job, output: string): Promise<Command> {
  const { builder } = job.spec;
  const storage = machinePath(job.machine, STORAGE);
  const args = ["run", "--rm", "--name", diskContainer(job.spec), "--privileged", "--pull=newer"];
  args.push("--security-opt", "label=type:unconfined_t", "-v", `${output}:/output`, "-v", `${storage}:${STORAGE}`);
  const config = await writeConfig(job);
  if (config !== undefined) args.push("-v", `${config.path}:/${config.name}:ro`);
  const call = CALLS[builder.kind ?? "bootc-image-builder"];
  return ["podman", ...args, builder.image, ...call(job.spec, config && `/${config.name}`, "/output")];
}

/** The builder goes by the ending of the name. */
async function writeConfig(job: Job): Promise<{ readonly name: string; readonly path: string } | undefined> {
  const { config, configFormat = "toml" } = job.spec.builder;
  if (config === undefined) return undefined;
  const name = `config.${configFormat}`;
  const path = join(job.work, name);
  await writeFile(path, config);
  return { name, path };
}

type Call = (spec: AgentSpec, config: string | undefined, output: string) => string[];

/** What each is called with, after its image. */
const CALLS: Readonly<Record<DiskBuilder, Call>> = {
  "bootc-image-builder": (spec, config) => {
    const { rootfs, args } = spec.builder;
    const options = [...option("--rootfs", fileSystem(rootfs)), ...option("--config", config)];
    return ["--type", "raw", ...options, ...args, imageTag(spec)];
  },
  "image-builder": (spec, config, output) => ["build", ...imageBuilderArgs(spec, config, output)],
};

function imageBuilderArgs(spec: AgentSpec, config: string | undefined, output: string): string[] {
  const { rootfs, args } = spec.builder;
  const options = [...option("--bootc-default-fs", fileSystem(rootfs)), ...option("--blueprint", config)];
  const ids = ["--seed", seedOf(spec.key)];
  return ["--bootc-ref", imageTag(spec), ...options, ...ids, "--output-dir", output, ...args, "raw"];
}

function fileSystem(rootfs: string): string | undefined {
  return rootfs === IMAGES_OWN ? undefined : rootfs;
}

function option(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [name, value];
}

/** Runs it and tells how far the disk is: by its bytes once there is a file, else by what the builder says. */
async function watched(job: Job, output: string, [command, ...args]: Command): ReturnType<Job["run"]> {
  let said = "";
  const running = job.run(command, args, {
    env: registriesEnvironment(job),
    onLine: (line) => {
      said = line.length > 80 ? `${line.slice(0, 77)}...` : line;
    },
  });
  const look = async (): Promise<void> => {
    const path = (await rawDisks(output))[0];
    // The file may be moved between the listing and the look: then the next look finds it.
    const info = path === undefined ? undefined : await stat(path).catch(() => undefined);
    if (info !== undefined && info.size > 0) {
      job.progress(`disk ${gigabytes(Math.min(info.blocks * 512, info.size), info.size)}`);
    } else if (said !== "") job.progress(`disk: ${said}`);
  };
  return whileRunning(running, look, (ms) => job.machine.clock.sleep(ms));
}

/** bootc-image-builder puts it at image/disk.raw; others of its kind may choose another folder. */
async function findRawDisk(output: string): Promise<string> {
  const found = await rawDisks(output);
  const usual = found.find((path) => relative(output, path) === join("image", "disk.raw"));
  const path = usual ?? (found.length === 1 ? found[0] : undefined);
  if (path !== undefined) return path;
  const names = (await files(output)).map((file) => relative(output, file)).join(", ") || "nothing";
  throw new StepError(`the image builder succeeded, but its output has no image/disk.raw, it has: ${names}`);
}

async function rawDisks(output: string): Promise<string[]> {
  return (await files(output)).filter((path) => path.endsWith(".raw"));
}

async function files(folder: string, depth = 3): Promise<string[]> {
  // The builder moves things while this looks: what is gone by now is not there.
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isFile()) found.push(path);
    else if (entry.isDirectory() && depth > 1) found.push(...(await files(path, depth - 1)));
  }
  return found.sort();
}

async function isUnchanged(marker: DiskMarker): Promise<boolean> {
  const now = await stat(marker.path).catch(() => undefined);
  return now !== undefined && now.size === marker.sizeBytes && now.mtimeMs === marker.modifiedMs;
}
