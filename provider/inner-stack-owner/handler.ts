import { z } from "zod";
import { leaseSchema } from "../ephemeral-stack/args";
import type { InnerStacks } from "../ephemeral-stack/inner-stacks";
import { destroyLeftOver } from "../ephemeral-stack/left-over";
import { innerStackName } from "../ephemeral-stack/name";
import { neverUpdated, type ResourceHandler, replaceOn } from "../handler";
import { failures } from "../inputs";
import { parse } from "../../contract/schemas/parse";

const argsSchema = z.object({
  resource: z.string().min(1),
  program: z.string().min(1),
  key: z.string().min(1),
  namespace: z.string().min(1),
  lease: leaseSchema.optional(),
});

export function innerStackOwnerHandler(stacks: InnerStacks): ResourceHandler {
  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => replaceOn(["resource", "program", "key", "namespace"], olds, news),
    // Before anything is made: a run that is cut off leaves no inner stack that no state knows of.
    create: (inputs) => {
      const args = parse(argsSchema, inputs.value, "the inputs of an InnerStackOwner");
      const stack = innerStackName(args.namespace, args.resource, args.key);
      return Promise.resolve({ id: stack, outs: { ...args, stack } });
    },
    read: (_id, state) => Promise.resolve(state.value),
    update: neverUpdated,
    delete: (_id, state, call) => destroyLeftOver(stacks, state, call),
  };
}
