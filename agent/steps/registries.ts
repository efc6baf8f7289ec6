import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Job } from "../job/job";
import { machinePath } from "../machine/paths";
import { authoritiesEnvironment } from "./authorities";
import { loginEnvironment } from "./logins";
import { registriesText } from "./registries-text";
import { signatureEnvironment } from "./signatures";

const SYSTEM_FILE = "/etc/containers/registries.conf";
export const DROP_IN = "/etc/containers/registries.conf.d/50-copr-builders.conf";
const privateFile = (job: Job): string => join(job.folder.path, "registries.conf");

/**
 * Tells podman where registries are. A machine of our own gets a drop-in. Any other keeps its files: podman is pointed
 * at a copy of its main file with our sections added (drop-ins are read as before, see containers/image `tryUpdatingCache`).
 */
export async function writeRegistries(job: Job): Promise<void> {
  const { registries, ownMachine } = job.spec;
  if (registries.length === 0) return;
  if (ownMachine) {
    const path = machinePath(job.machine, DROP_IN);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, registriesText(registries));
    return;
  }
  let system = "";
  try {
    system = await readFile(machinePath(job.machine, SYSTEM_FILE), "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
  }
  await writeFile(privateFile(job), `${system}\n${registriesText(registries)}`);
}

/** Environment of a podman that pulls: where registries are, who asks, and what they are checked with. */
export function registriesEnvironment(job: Job): Record<string, string> {
  const ours = job.spec.registries.length > 0 && !job.spec.ownMachine;
  return {
    ...loginEnvironment(job),
    ...signatureEnvironment(job),
    ...authoritiesEnvironment(job),
    ...(ours ? { CONTAINERS_REGISTRIES_CONF: privateFile(job) } : {}),
  };
}
