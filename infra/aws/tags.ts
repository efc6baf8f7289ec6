/** Tags that everything here bears from its creation on: whoever finds it knows whose it is, and permissions rest on them. */
import { OWNER_TAG, STACK_TAG } from "../../provider/owner";

/**
 * @param stack name of the stack that all is for; the generated policy lets this program touch only what bears it
 * @param identity of that stack: deletions and sweeps go by it alone; undefined for what is never made
 * @param more tags of the settings; ours win, since what we may delete depends on them
 */
export function ownTags(
  stack: string,
  identity: string | undefined,
  name: string,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const owner = identity === undefined ? {} : { [OWNER_TAG]: identity };
  return { ...more, Name: name, [STACK_TAG]: stack, ...owner };
}
