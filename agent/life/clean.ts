import { messageOf } from "../../contract/message-of";
import { readFile, rm } from "node:fs/promises";
import { buildContainers, LIST_BUILD_CONTAINERS, newSince } from "../steps/build-containers";
import { CommandError } from "../machine/processes";
import { diskContainer, imageTag, packagesContainer, sourceTag, workPath } from "../job/names";
import { endGroup } from "../machine/alive";
import { exists } from "../machine/exists";
import { machinePath } from "../machine/paths";
import type { JobFolder } from "../job/job-folder";
import type { Machine } from "../machine/machine";
import { DROP_IN } from "../steps/registries";
import { HEADER } from "../steps/registries-text";
import type { AgentSpec } from "../../contract/agent-spec";
import { supervisorFor } from "./supervisor";

/**
 * Takes off a machine what a build left there: for machines that stay. What was pulled stays: it may have been there
 * before. Cleaning what is clean succeeds.
 * @returns what could not be removed, and why
 */
export async function clean(machine: Machine, folder: JobFolder): Promise<string[]> {
  if (!(await exists(folder.path))) return [];
  const left: string[] = [];
  const remove = async (what: string, how: () => Promise<void>): Promise<void> => {
    try {
      await how();
    } catch (error) {
      left.push(`${what}: ${messageOf(error)}`);
    }
  };
  let spec: AgentSpec | undefined;
  // A run that was cut off before its orders were written has done nothing.
  if (await exists(folder.specPath))
    await remove(`${folder.specPath} (says what else is to be removed)`, async () => {
      spec = await folder.spec();
    });
  if (spec !== undefined) await removeBuild(machine, folder, spec, remove);
  // The folder says what there is to clean: it goes last, and only when nothing else is left.
  if (left.length === 0) await remove(folder.path, () => rm(folder.path, { recursive: true, force: true }));
  return left;
}

/** Until what was killed is gone. */
const END_MS = 10_000;

type Remove = (what: string, how: () => Promise<void>) => Promise<void>;

async function removeBuild(machine: Machine, folder: JobFolder, spec: AgentSpec, remove: Remove): Promise<void> {
  const supervisor = await supervisorFor(machine, folder, spec);
  await remove("the running agent", () => supervisor.stop());
  await remove("the command that a killed agent left running", async () => {
    const child = await folder.child();
    if (child !== undefined && !(await endGroup(child, "SIGKILL", END_MS, machine.clock)))
      throw new Error(`process ${child.pid} cannot be ended`);
  });
  for (const container of [diskContainer(spec), packagesContainer(spec)]) {
    await remove(`container ${container}`, () =>
      podman(machine, ["rm", "--force", "--ignore", "--time", "0", container]),
    );
  }
  for (const tag of [imageTag(spec), sourceTag(spec)]) {
    await remove(`image ${tag}`, async () => {
      const { code } = await machine.run("podman", ["image", "exists", tag], { timeoutMs: 60_000 });
      if (code === 0) await podman(machine, ["rmi", "--force", tag]);
    });
  }
  const work = workPath(machine, spec);
  await remove("working containers of a build that was stopped", () => nameBuildContainers(machine, folder));
  await remove(work, () => rm(work, { recursive: true, force: true }));
  const dropIn = machinePath(machine, DROP_IN);
  await remove(dropIn, async () => {
    if ((await exists(dropIn)) && (await readFile(dropIn, "utf8")).startsWith(HEADER)) await rm(dropIn);
  });
}

/** They cannot be told from those of another build that runs just now: they are named, not removed. */
async function nameBuildContainers(machine: Machine, folder: JobFolder): Promise<void> {
  const now = buildContainers(await machine.run("podman", LIST_BUILD_CONTAINERS, { timeoutMs: 60_000 }));
  const ours = await newSince(folder, now);
  if (ours.length > 0)
    throw new Error(`if nobody else builds here, remove them with "podman rm --force ${ours.join(" ")}"`);
}

async function podman(machine: Machine, args: readonly string[]): Promise<void> {
  if (!(await machine.find("podman"))) return;
  const result = await machine.run("podman", args, { timeoutMs: 300_000 });
  if (result.code !== 0)
    throw new Error(result.tail.join("; ") || new CommandError(`podman ${args[0] ?? ""}`, result).message);
}
