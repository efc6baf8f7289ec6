/** Deleting what EC2 may hold on to a little longer. */
import { codeOf, found } from "./errors";
import type { Call } from "./kind";
import { until } from "./wait";

export interface Removal {
  /** As `security group sg-0`. */
  readonly name: string;
  readonly timeoutMs: number;
  /** The code by which EC2 says that something still uses it. */
  readonly inUse: string;
  readonly remove: () => Promise<unknown>;
}

/** Deletes it as soon as nothing uses it; one that is gone is deleted. */
export async function removeUnused({ name, timeoutMs, inUse, remove }: Removal, call: Call): Promise<void> {
  let said = false;
  await until({ what: `${name} to be used by nothing`, timeoutMs }, call, async () => {
    try {
      await found(remove());
      return true;
    } catch (error) {
      if (codeOf(error) !== inUse) throw error;
      if (!said) call.log(`waits for what uses ${name}`);
      said = true;
      return undefined;
    }
  });
}
