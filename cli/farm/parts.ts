/** What of the farm a machine has room for: a guess from its memory and from what is installed. Pure. */
import type { Arch } from "../../infra/words";

export const TARGETS = ["aws", "hypervisor", "ibm_cloud", "osuosl"] as const;
export type Target = (typeof TARGETS)[number];
/** Of the hypervisors that there are. */
export const HOST_ARCHITECTURES = ["x86_64", "ppc64le"] as const;
export type HostArch = (typeof HOST_ARCHITECTURES)[number];

export interface Machine {
  readonly memoryMib: number;
  /** Is a command there? */
  readonly has: (command: string) => boolean;
}

/** What somebody asked for; all of devel's without it. */
export interface Wish {
  readonly architectures?: readonly Arch[];
  readonly targets?: readonly Target[];
}

export interface Parts {
  readonly architectures: readonly Arch[];
  readonly targets: readonly Target[];
  /** Whose guests the hypervisors can run. */
  readonly guests: readonly HostArch[];
  readonly leftOut: readonly string[];
}

/** Engine, store, workers and what runs beside each other for the smallest farm. */
const BASE_MIB = 1500;
/** Services of a target and the programs that publish and boot there, of 4.3 GB in all as measured (docs/farm.md). */
const TARGET_MIB: Readonly<Record<Target, number>> = { aws: 500, hypervisor: 1200, ibm_cloud: 500, osuosl: 1000 };
/** What qemu of another architecture is called, for the guests of its hypervisors. */
const POWER = "qemu-system-ppc64";

export function partsFor(all: readonly Arch[], wish: Wish, machine: Machine): Parts {
  const leftOut: string[] = [];
  const architectures = (wish.architectures ?? all).filter((arch) => {
    if (!all.includes(arch)) leftOut.push(`${arch}: the settings of devel have no such architecture`);
    return all.includes(arch);
  });
  let free = machine.memoryMib - BASE_MIB;
  const targets = (wish.targets ?? TARGETS).filter((target) => {
    const needs = TARGET_MIB[target];
    if (needs > free) {
      leftOut.push(`${target}: needs ${needs} MiB of memory beside the others, and ${Math.max(0, free)} are left`);
      return false;
    }
    free -= needs;
    return true;
  });
  const guests = HOST_ARCHITECTURES.filter((arch) => {
    if (!targets.includes("hypervisor") || !architectures.includes(arch)) return false;
    const installed = arch === "x86_64" || machine.has(POWER);
    if (!installed) leftOut.push(`ppc64le on its hypervisors: ${POWER} is not installed (Debian: qemu-system-ppc)`);
    return installed;
  });
  return { architectures, targets, guests, leftOut };
}
