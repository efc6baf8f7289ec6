import { randomBytes } from "node:crypto";
import { z } from "zod";
import { type Properties, replaceOn, type ResourceHandler } from "../handler";
import { failures, storeSchema } from "../inputs";
import { parse } from "../../contract/schemas/parse";
import type { OpenStore } from "../object-store";
import { endHold } from "../holds";
import { identitySchema } from "../owner";
import { storePath } from "../store-folders";

const saidArgs = {
  registration: z.object({ store: storeSchema }).exactOptional(),
  reads: z.object({ store: storeSchema, owner: identitySchema }).exactOptional(),
};
const argsSchema = z.object({ identity: identitySchema.exactOptional(), ...saidArgs });
const stateSchema = z.object({ identity: identitySchema, ...saidArgs });
type State = z.infer<typeof stateSchema>;

/** Folders of what a stack says while it lives: its name, which images others may take, and which inner stacks it works on. */
const SAID = ["stacks", "offers", "leases"] as const;

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

export interface StackIdentityOptions {
  readonly openStore: OpenStore;
  readonly random?: (bytes: number) => Buffer;
}

export function stackIdentityHandler({ openStore, random = randomBytes }: StackIdentityOptions): ResourceHandler {
  const fresh = (): string => [...random(12)].map((byte) => ALPHABET[byte % 32]).join("");
  const readState = (properties: Properties): State => parse(stateSchema, properties, "the state of a StackIdentity");

  const endHolds = async ({ store, owner }: NonNullable<State["reads"]>, identity: string): Promise<void> => {
    try {
      await endHold(openStore(store), owner, identity);
    } catch (cause) {
      throw new Error(
        `what this stack may still hold of the stack with the identity ${owner} can't be ended: once bucket ${store.bucket} ` +
          `can be reached, run this again. If it is gone for good, "pulumi state delete" with this resource's URN forgets it`,
        { cause },
      );
    }
  };

  return {
    check: (news) => failures(argsSchema, news),
    // Another one would make strangers of all that is there: only a person who says which one changes it.
    diff: (olds, news) => {
      if (news.identity !== undefined && news.identity !== olds.identity)
        return { changes: true, replaces: ["identity"] };
      return { changes: replaceOn(["registration", "reads"], olds, news).changes, replaces: [] };
    },
    // Nothing is written anywhere before the state has the identity: who is killed here loses nothing.
    create: (inputs) => {
      const { identity = fresh(), ...more } = parse(argsSchema, inputs.value, "the inputs of a StackIdentity");
      return Promise.resolve({ id: identity, outs: { identity, ...more } });
    },
    read: (_id, state) => Promise.resolve(readState(state.value)),
    update: (_id, olds, news) => {
      const { identity } = readState(olds.value);
      return Promise.resolve({ ...parse(argsSchema, news.value, "the inputs of a StackIdentity"), identity });
    },
    delete: async (_id, state) => {
      const { identity, registration, reads } = readState(state.value);
      // Each hold has a resource of its own: what is still there was written by a run that was killed just then.
      if (reads !== undefined) await endHolds(reads, identity);
      if (registration === undefined) return;
      const store = openStore(registration.store);
      // What a run that was cut off said in its name. Disks have owners of their own, and holds are other stacks'.
      const said = await Promise.all(SAID.map((folder) => store.list(storePath(folder, identity, ""))));
      await Promise.all(said.flat().map(({ object }) => store.delete(object)));
    },
  };
}
