/** Ends a temporary machine and all that it has: by the names that nobody else gives, whatever any state knows. */
import { end, type Waits } from "../end";
import type { Kind } from "../shapes";
import type { Vpc } from "../vpc";

/** Kinds that machines have, in an order in which each can go: what uses another comes first. */
export const MACHINE_KINDS = [
  "instances",
  "floating_ips",
  "virtual_network_interfaces",
  "volumes",
  "security_groups",
] as const satisfies Kind[];

/** @param base of the names of the machine's things */
export async function sweepMachine(vpc: Vpc, base: string, waits: Waits): Promise<void> {
  for (const kind of MACHINE_KINDS) {
    for (const thing of await vpc.list(kind)) {
      if (thing.name === base || thing.name.startsWith(`${base}-`)) await end(vpc, kind, thing, waits);
    }
  }
}
