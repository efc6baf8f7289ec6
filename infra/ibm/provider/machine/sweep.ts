/** Ends a temporary machine and all that it has: by the names that nobody else gives, whatever any state knows. */
import type { Call } from "../../../../provider/handler";
import type { Wait } from "../../../../provider/wait";
import { IbmError } from "../errors";
import type { Kind, Thing } from "../shapes";
import type { Vpc } from "../vpc";
import { waitFor } from "../wait";

interface Waits {
  readonly wait: Wait;
  readonly call: Pick<Call, "stop" | "log">;
}

const GONE_MINUTES = 15;

/** Kinds that machines have, in an order in which each can go: what uses another comes first. */
export const MACHINE_KINDS = ["instances", "floating_ips", "volumes", "security_groups"] as const satisfies Kind[];

/** @param base of the names of the machine's things */
export async function sweepMachine(vpc: Vpc, base: string, waits: Waits): Promise<void> {
  for (const kind of MACHINE_KINDS) {
    for (const thing of await vpc.list(kind)) {
      if (thing.name === base || thing.name.startsWith(`${base}-`)) await end(vpc, kind, thing, waits);
    }
  }
}

/** Gone when it returns: what is in use is asked again until what uses it has gone. */
export async function end(vpc: Vpc, kind: Kind, { id, name }: Thing, { wait, call }: Waits): Promise<void> {
  const what = `${kind.replaceAll("_", " ").replace(/s$/, "")} ${name} (${id}) in ${vpc.region} to go`;
  let asked = false;
  await waitFor({ wait, call, minutes: GONE_MINUTES, what }, async () => {
    if ((await vpc.get(kind, id)) === undefined) return { done: undefined };
    if (asked) return { now: "on its way" };
    try {
      await vpc.remove(kind, id);
      asked = true;
      return { now: "on its way" };
    } catch (error) {
      if (error instanceof IbmError && error.status === 409) return { now: `in use (${error.refusal.code})` };
      throw error;
    }
  });
}
