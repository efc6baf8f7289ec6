import type { AgentSpec } from "../../contract/agent-spec";
import type { JobFolder } from "../job/job-folder";
import { endGroup, identify, isAlive } from "../machine/alive";
import type { Machine } from "../machine/machine";

/** Makes this process the one that works on the job, and ends what a killed one left running. */
export async function takeOver(machine: Machine, folder: JobFolder, spec: AgentSpec): Promise<void> {
  const owner = await folder.owner();
  if (owner !== undefined && owner.pid !== process.pid && (await isAlive(owner))) {
    throw new Error(`${folder.path}: process ${owner.pid} works on it already; follow that one`);
  }
  const me = await identify(process.pid);
  if (me === undefined) throw new Error("/proc does not show this process: /proc has to be mounted");
  await folder.writeOwner({ ...me, key: spec.key });
  const child = await folder.child();
  if (child !== undefined && !(await endGroup(child, "SIGKILL", 10_000, machine.clock))) {
    throw new Error(`process ${child.pid}, left by an earlier agent, cannot be ended; the machine needs a restart`);
  }
}

/** On a machine of our own its life is counted from the first start; elsewhere each run has its time. */
export async function deadlineOf(machine: Machine, folder: JobFolder, spec: AgentSpec): Promise<number> {
  const now = machine.clock.now();
  return (spec.ownMachine ? await folder.firstStart(now) : now) + spec.lifetimeMinutes * 60_000;
}
