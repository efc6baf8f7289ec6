import { setDeadMan } from "./dead-man";
import type { AgentResult } from "../../contract/agent-result";
import type { JobFolder } from "../job/job-folder";
import type { Machine } from "../machine/machine";
import { workDigest } from "../../contract/parse-agent-spec";
import { holdsAll, type AgentSpec } from "../../contract/agent-spec";
import { isAlive } from "../machine/alive";
import { supervisorFor } from "./supervisor";

/** What `start` found or did. */
export type Started = "started" | "running" | "done" | "failed";

/**
 * Sees to it that an agent works on the job, or has done so. Called as often as anyone likes:
 * - one that runs is left running, a result of this very work is left as it is;
 * - a Containerfile that does not build is not built again for the same work;
 * - any other failure is forgotten and the work goes on where it stopped.
 */
export async function start(machine: Machine, folder: JobFolder, warn: (text: string) => void): Promise<Started> {
  await folder.protect();
  const spec = await folder.spec();
  const owner = await folder.owner();
  if (owner !== undefined && owner.key !== spec.key && (await isAlive(owner))) {
    throw new Error(`${folder.path}: another build (${owner.key.slice(0, 8)}) runs here; "clean" ends it`);
  }
  await folder.firstStart(machine.clock.now());
  const warning = await setDeadMan(machine, spec);
  if (warning !== undefined) warn(warning);
  const supervisor = await supervisorFor(machine, folder, spec);
  const result = await folder.result();
  // An agent that wrote its result is about to end: what counts is the result.
  if (result === undefined && (await supervisor.isActive())) return "running";
  if (result !== undefined && isAnswer(result, spec)) return result.ok ? "done" : "failed";
  await waitForEnd(supervisor, machine);
  await folder.removeResult();
  await supervisor.launch();
  return "started";
}

/** Does this result answer what the spec asks for, so that nothing needs to run? */
export function isAnswer(result: AgentResult, spec: AgentSpec): boolean {
  if (!result.ok) return result.permanent && result.work === workDigest(spec);
  return result.record.key === spec.key && holdsAll(result.record, spec);
}

async function waitForEnd(supervisor: { isActive(): Promise<boolean> }, machine: Machine): Promise<void> {
  for (const until = machine.clock.now() + 60_000; await supervisor.isActive();) {
    if (machine.clock.now() > until) throw new Error("the agent failed a minute ago and has not ended");
    await machine.clock.sleep(200);
  }
}
