import type { Job } from "../job/job";
import { StepError } from "../job/step-error";
import { CommandError } from "../machine/processes";
import { registriesEnvironment } from "./registries";
import { refusedBySignature, signatureArgs } from "./signatures";

/** Gets an image, if it is of those whom the operator trusts. */
export async function pull(job: Job, reference: string): Promise<void> {
  const args = ["pull", ...signatureArgs(job), reference];
  const result = await job.run("podman", args, { env: registriesEnvironment(job) });
  if (result.code === 0) return;
  const cause = new CommandError("podman pull", result);
  throw refusedBySignature(result, reference) ?? new StepError(cause.message, { tail: result.tail, cause });
}
