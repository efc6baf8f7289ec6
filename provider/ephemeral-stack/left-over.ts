/** What a killed run has left of an inner stack, destroyed by whoever owns it. */
import type { Decoded } from "../codec";
import type { Call } from "../handler";
import { readProject } from "../project";
import { readArgs, readState } from "./args";
import type { InnerStacks } from "./inner-stacks";

/** @param state what says which: `program`, `stack`, `key` and `lease` */
export async function destroyLeftOver(stacks: InnerStacks, state: Decoded, call: Call): Promise<void> {
  const { program, stack, key, lease } = readState(state.value);
  if (!readProject(program)) {
    call.log.warn(`${program} holds no Pulumi program any more: can't look whether stack ${stack} was left over`);
    return;
  }
  if (!(await stacks.list(program, call)).includes(stack)) return;
  const args = readArgs({ program, key, ...(lease === undefined ? {} : { lease }) });
  const inner = { stack, args, inputs: state };
  if (await stacks.work(inner, call, (lifecycle) => lifecycle.destroy({ remove: true })))
    call.log.info(`destroyed left-over stack ${stack}`);
}
