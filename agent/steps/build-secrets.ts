/** What `RUN --mount=type=secret` is served: files on tmpfs that podman mounts, in no layer, context or argument. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SECRETS_FILE } from "../../contract/build-secrets";
import type { JobFolder } from "../job/job-folder";
import type { Job } from "../job/job";

const filesOf = (folder: JobFolder): string => join(folder.path, "secrets");

/** Arguments of the podman that builds. */
export async function secretArgs({ folder }: Job): Promise<string[]> {
  const secrets = Object.entries(await folder.buildSecrets());
  const at = filesOf(folder);
  if (secrets.length > 0) await mkdir(at, { recursive: true, mode: 0o700 });
  for (const [id, value] of secrets) await writeFile(join(at, id), value, { mode: 0o600 });
  return secrets.flatMap(([id]) => ["--secret", `id=${id},src=${join(at, id)}`]);
}

/** Nothing is built from here on. */
export async function removeBuildSecrets(folder: JobFolder): Promise<void> {
  await rm(filesOf(folder), { recursive: true, force: true });
  await rm(join(folder.path, SECRETS_FILE), { force: true });
}
