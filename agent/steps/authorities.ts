/** The authorities that this job's podman trusts besides those of the machine, on which nothing is changed. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Job } from "../job/job";

const folderOf = ({ folder }: Job): string => join(folder.path, "authorities");
/** Where Go's crypto/x509 looks by itself, beside the one file of the distribution, which it reads in any case. */
const SYSTEM_FOLDERS = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

export async function writeAuthorities(job: Job): Promise<void> {
  const { authorities = [] } = job.spec;
  if (authorities.length > 0) await mkdir(folderOf(job), { recursive: true });
  for (const [index, pem] of authorities.entries()) await writeFile(join(folderOf(job), `${index}.crt`), `${pem}\n`);
}

/** `podman run` has no option for them, as `pull` and `build` have. */
export function authoritiesEnvironment(job: Job): Record<string, string> {
  const { authorities = [] } = job.spec;
  return authorities.length === 0 ? {} : { SSL_CERT_DIR: [folderOf(job), ...SYSTEM_FOLDERS].join(":") };
}
