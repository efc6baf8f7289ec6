import { messageOf } from "../../../contract/message-of";
import type { Job } from "../../job/job";
import { installMissing } from "../commands";
import { hasKvm, missingForBoot } from "./emulator";

/**
 * `auto` takes what is there. A machine of our own that has KVM gets what it lacks, and the build goes on where that can't be had: the
 * first boot is then left out, which the record says.
 */
export async function addEmulator(job: Job): Promise<void> {
  const { machine, spec, signal } = job;
  if (spec.firstBoot?.mode !== "auto" || !spec.ownMachine || !(await hasKvm(machine))) return;
  const missing = await missingForBoot(machine, spec.arch);
  if (missing.length === 0) return;
  try {
    await installMissing(job, missing);
  } catch (error) {
    signal.throwIfAborted();
    job.output(`what the first boot needs is not installed: ${messageOf(error)}`);
  }
}
