import { join } from "node:path";
import type { JobFolder } from "../job/job-folder";
import { readJson, writeJson } from "../../contract/json-file";
import type { RunResult } from "../machine/machine";

/** `podman build` works in containers that only `podman ps --external` shows; a build that is killed leaves them. */
export const LIST_BUILD_CONTAINERS = ["ps", "--all", "--external", "--format", "json"] as const;

/** Ids of the working containers in the answer to `LIST_BUILD_CONTAINERS`. */
export function buildContainers({ code, stdout }: RunResult): string[] {
  if (code !== 0) return [];
  const all = JSON.parse(stdout || "[]") as {
    Id: string;
    Status?: string;
    State?: string;
    Command?: string[] | null;
  }[];
  return all.filter((one) => one.State === "storage" && one.Command?.[0] === "buildah").map((one) => one.Id);
}

interface BeforeBuild {
  readonly containers: readonly string[];
}

const notePath = (folder: JobFolder): string => join(folder.path, "before-build.json");

/** Notes what was there before the first build of a job, so that it is not taken for what ours left. */
export async function noteBefore(folder: JobFolder, containers: readonly string[]): Promise<void> {
  const path = notePath(folder);
  if ((await readJson<BeforeBuild>(path)) === undefined) await writeJson(path, { containers });
}

/** Those that came after the note; nothing when nothing was noted. */
export async function newSince(folder: JobFolder, now: readonly string[]): Promise<string[]> {
  const before = await readJson<BeforeBuild>(notePath(folder));
  return before === undefined ? [] : now.filter((id) => !before.containers.includes(id));
}
