/** How much pulumi does at once: it says four for each processor, and what it does here is to wait for machines elsewhere. */
import { availableParallelism, totalmem } from "node:os";

/** A worker or a boot check is an engine of its own with its program and plugins: so much memory, MiB. */
const MIB_EACH = 700;

export interface Machine {
  readonly processors: number;
  readonly memoryMib: number;
}

/** Never less than pulumi would. */
export function parallelOn({ processors, memoryMib }: Machine): number {
  return Math.max(4 * processors, Math.floor(memoryMib / MIB_EACH));
}

/** The environment for pulumi; what somebody has set stays. */
export function withParallel(env: Readonly<NodeJS.ProcessEnv>, machine: Machine = thisMachine()): NodeJS.ProcessEnv {
  return { PULUMI_PARALLEL: String(parallelOn(machine)), ...env };
}

function thisMachine(): Machine {
  return { processors: availableParallelism(), memoryMib: totalmem() / 2 ** 20 };
}
