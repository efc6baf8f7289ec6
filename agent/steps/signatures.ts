/** Whose images are taken: the operator's policy, beside the orders of the job. No file of the machine's is changed. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Job } from "../job/job";
import { StepError } from "../job/step-error";
import type { RunResult } from "../machine/machine";
import { FINAL_BUILD_ERROR } from "../../contract/agent-result";

const policyFile = (job: Job): string => join(job.folder.path, "policy.json");
/** podman looks for registries.d in the user's folder before the machine's, and no option names another. */
const homeFolder = (job: Job): string => join(job.folder.path, "home");

export async function writeSignaturePolicy(job: Job): Promise<void> {
  const { signatures } = job.spec;
  if (signatures === undefined) return;
  await writeFile(policyFile(job), signatures.policy);
  const folder = join(homeFolder(job), ".config/containers/registries.d");
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(signatures.registriesD)) await writeFile(join(folder, name), text);
}

/** Of a podman that pulls or builds. */
export function signatureArgs(job: Job): string[] {
  return job.spec.signatures === undefined ? [] : ["--signature-policy", policyFile(job)];
}

export function signatureEnvironment(job: Job): Readonly<Record<string, string>> {
  const { signatures } = job.spec;
  return signatures === undefined || Object.keys(signatures.registriesD).length === 0 ? {} : { HOME: homeFolder(job) };
}

/** A signature that could not be asked for: who does not answer now may do so later. */
const NOT_ASKED = /^(reading|fetching|pinging|get|determining|using) |statuscode|dial tcp|timeout|connection|\beof\b/i;

/** What podman refuses is refused tomorrow, too. */
export function refusedBySignature({ tail }: Pick<RunResult, "tail">, what: string): StepError | undefined {
  const why = tail.map((line) => /Source image rejected: (.*)/.exec(line)?.[1]).find((found) => found !== undefined);
  if (why === undefined || NOT_ASKED.test(why)) return undefined;
  return new StepError(
    `${FINAL_BUILD_ERROR}: ${what} is refused by source.signatures.policy: ${why.replace(/^(.{300}).*$/, "$1...")}`,
    { permanent: true, tail },
  );
}
