/** The life of a resource that feeds an agent: it is done when the agent is, and leaves nothing to read, change or delete. */
import type { z } from "zod";
import { neverUpdated, replaceOn, type ResourceHandler } from "../handler";
import { failures } from "../inputs";
import { guarded } from "./feed";

export function feedingHandler(inputs: z.ZodType, create: ResourceHandler["create"]): ResourceHandler {
  return {
    check: (news) => failures(inputs, news),
    // Who has finished is fed no more, whatever else changes.
    diff: (olds, news) => replaceOn(["machine"], olds, news),
    create,
    read: (_id, state) => Promise.resolve(guarded(state.value)),
    update: neverUpdated,
    delete: () => Promise.resolve(),
  };
}
