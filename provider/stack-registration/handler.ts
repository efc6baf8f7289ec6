import { z } from "zod";
import { type Properties, replaceOn, type ResourceHandler } from "../handler";
import { failures, storeSchema } from "../inputs";
import { parse } from "../../contract/schemas/parse";
import type { OpenStore } from "../object-store";
import { identitySchema } from "../owner";
import { storePath } from "../store-folders";

/** Where a stack says what it is called: who finds the same identity in another state reads it there. */
export function registrationObject(identity: string): string {
  return storePath("stacks", identity, "stack.json");
}

/** What stands there. */
export const registrationSchema = z.object({ stack: z.string().min(1) });

const argsSchema = z.object({ identity: identitySchema, store: storeSchema, stack: z.string().min(1) });
type State = z.infer<typeof argsSchema>;

export function stackRegistrationHandler({ openStore }: { readonly openStore: OpenStore }): ResourceHandler {
  const write = async (inputs: Properties): Promise<State> => {
    const state = parse(argsSchema, inputs, "a StackRegistration");
    const text = JSON.stringify({ stack: state.stack });
    await openStore(state.store).put(registrationObject(state.identity), text, "application/json");
    return state;
  };
  return {
    check: (news) => failures(argsSchema, news),
    diff: (olds, news) => {
      const diff = replaceOn(["identity", "store"], olds, news);
      return diff.changes ? diff : { changes: replaceOn(["stack"], olds, news).changes, replaces: [] };
    },
    create: async (inputs) => {
      const outs = await write(inputs.value);
      return { id: registrationObject(outs.identity), outs };
    },
    read: async (_id, state) => {
      const said = parse(argsSchema, state.value, "the state of a StackRegistration");
      const found: unknown = await openStore(said.store).getJson(registrationObject(said.identity));
      return found === undefined ? undefined : { ...said, ...parse(registrationSchema, found, "a StackRegistration") };
    },
    update: (_id, _olds, news) => write(news.value),
    delete: async (_id, state) => {
      const { store, identity } = parse(argsSchema, state.value, "the state of a StackRegistration");
      await openStore(store).delete(registrationObject(identity));
    },
  };
}
