import { existsSync } from "node:fs";
import { z } from "zod";
import type { Call, Properties, ResourceHandler } from "../handler";
import { failures } from "../inputs";
import { parse } from "../../contract/schemas/parse";
import { leaseSchema, readArgs } from "../ephemeral-stack/args";
import type { InnerStacks } from "../ephemeral-stack/inner-stacks";
import { HeldError } from "../ephemeral-stack/lock";
import { isInnerStackOf } from "../ephemeral-stack/name";
import { settingsPath } from "../ephemeral-stack/settings-file";
import { identitySchema } from "../owner";
import { readProject } from "../project";

const argsSchema = z.object({
  namespace: identitySchema,
  programs: z.array(z.string().min(1)).min(1),
  current: z.array(z.string().min(1)),
  lease: leaseSchema.optional(),
});
type Args = z.infer<typeof argsSchema>;

const stateSchema = argsSchema.extend({ left: z.array(z.string()) });

/** A stack whose holder lives is nobody's left-over: it is not waited for. */
const NO_PATIENCE = 0;

export function staleStacksHandler(stacks: InnerStacks): ResourceHandler {
  /** Stacks of the namespace, each with its program. Programs of one project see each other's. */
  const namesakes = async ({ namespace, programs }: Args, call: Call): Promise<ReadonlyMap<string, string>> => {
    const found = new Map<string, string>();
    for (const program of programs) {
      const project = readProject(program);
      if (!project) {
        call.log.warn(`${program} holds no Pulumi program any more: can't look what is left of it`);
        continue;
      }
      for (const stack of await stacks.list(program, call)) {
        // A name that merely begins alike is another's: an identity has no dot.
        if (!stack.startsWith(`${namespace}.`)) continue;
        if (!found.has(stack) || existsSync(settingsPath(project, stack))) found.set(stack, program);
      }
    }
    return found;
  };
  /** @returns names of those that somebody who lives works on */
  const sweep = async (args: Args, call: Call): Promise<readonly string[]> => {
    const { namespace, current, lease } = args;
    const left: string[] = [];
    const failed: Error[] = [];
    for (const [stack, program] of await namesakes(args, call)) {
      if (current.some((name) => isInnerStackOf(stack, namespace, name))) continue;
      const inner = {
        stack,
        args: readArgs({ program, key: "stale", ...(lease === undefined ? {} : { lease }) }),
        inputs: { value: {}, secrets: [], unknowns: [] },
      };
      try {
        if (await stacks.work(inner, call, (lifecycle) => lifecycle.destroy({ remove: true }), NO_PATIENCE))
          call.log.info(`destroyed left-over stack ${stack}, which nothing needs any more`);
      } catch (error) {
        call.stop.throwIfAborted();
        if (error instanceof HeldError) {
          call.log.warn(`${error.message}; it is left as it is, and looked at again by the next "pulumi up"`);
          left.push(stack);
        } else {
          failed.push(error instanceof Error ? error : new Error(String(error)));
        }
      }
    }
    // The others were destroyed all the same.
    if (failed.length > 0) throw new Error(failed.map(({ message }) => message).join("\n"));
    return left;
  };
  const create = async (properties: Properties, call: Call): Promise<z.infer<typeof stateSchema>> => {
    const args = parse(argsSchema, properties, "the inputs of a StaleStacks");
    return { ...args, left: [...(await sweep(args, call))] };
  };
  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => {
      const differs = (field: string): boolean => JSON.stringify(olds[field]) !== JSON.stringify(news[field]);
      if (differs("namespace")) return { changes: true, replaces: ["namespace"] };
      const undone = Array.isArray(olds.left) && olds.left.length > 0;
      return { changes: undone || ["programs", "current", "lease"].some(differs), replaces: [] };
    },
    create: async (inputs, call) => {
      const outs = await create(inputs.value, call);
      return { id: outs.namespace, outs };
    },
    read: (_id, state) => Promise.resolve(parse(stateSchema, state.value, "the state of a StaleStacks")),
    update: (_id, _olds, news, call) => create(news.value, call),
    delete: async (_id, state, call) => {
      const args = parse(stateSchema, state.value, "the state of a StaleStacks");
      const left = await sweep({ ...args, current: [] }, call);
      if (left.length > 0)
        throw new Error(`not destroyed, somebody works on them: ${left.join(", ")}; wait, then destroy again`);
    },
  };
}
