/** The logins that this job pulls with: there before the first pull, gone after the last. */
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LOGIN_FILE, type LoginFile } from "../../contract/registry-login";
import type { JobFolder } from "../job/job-folder";
import type { Job } from "../job/job";
import { machinePath } from "../machine/paths";

/** Where root's podman looks by itself: a machine of somebody's may be logged in already. */
const OWN_FILES = ["/run/containers/0/auth.json", "/root/.config/containers/auth.json", "/root/.docker/config.json"];
const MERGED = "auth-merged.json";

/** podman reads one file alone: on a machine that was there before, its own logins are put beside ours. */
export async function writeLogins(job: Job): Promise<void> {
  const { folder, machine, spec } = job;
  const ours = await folder.logins();
  if (ours === undefined || spec.ownMachine) return;
  for (const path of OWN_FILES) {
    const found = await fields(machinePath(machine, path));
    if (found === undefined) continue;
    const merged = { ...found, auths: { ...(found["auths"] as object | undefined), ...ours.auths } };
    await writeFile(join(folder.path, MERGED), JSON.stringify(merged), { mode: 0o600 });
    return;
  }
}

/** Environment of a podman that pulls. */
export function loginEnvironment({ folder }: Job): Record<string, string> {
  const file = [MERGED, LOGIN_FILE].map((name) => join(folder.path, name)).find((path) => existsSync(path));
  return file === undefined ? {} : { REGISTRY_AUTH_FILE: file };
}

/** Nothing is pulled from here on. */
export async function removeLogins(folder: JobFolder): Promise<void> {
  for (const name of [LOGIN_FILE, MERGED]) await rm(join(folder.path, name), { force: true });
}

async function fields(path: string): Promise<(Partial<LoginFile> & Record<string, unknown>) | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined || text.trim() === "") return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // podman will say so itself, and the parser's message would quote it.
    return undefined;
  }
}
