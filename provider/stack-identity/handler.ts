import { randomBytes } from "node:crypto";
import { z } from "zod";
import { neverUpdated, type ResourceHandler } from "../handler";
import { failures, parse } from "../inputs";
import { identitySchema } from "../owner";

const argsSchema = z.object({ identity: identitySchema.exactOptional() });
const stateSchema = z.object({ identity: identitySchema });

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

export function stackIdentityHandler(random: (bytes: number) => Buffer = randomBytes): ResourceHandler {
  const fresh = (): string => [...random(12)].map((byte) => ALPHABET[byte % 32]).join("");
  return {
    check: (news) => failures(argsSchema, news),
    // Another one would make strangers of all that is there: only a person who says which one changes it.
    diff: (olds, { identity }) => {
      const changes = identity !== undefined && identity !== olds.identity;
      return { changes, replaces: changes ? ["identity"] : [] };
    },
    create: (inputs) => {
      const { identity = fresh() } = parse(argsSchema, inputs.value, "the inputs of a StackIdentity");
      return Promise.resolve({ id: identity, outs: { identity } });
    },
    read: (_id, state) => Promise.resolve(parse(stateSchema, state.value, "the state of a StackIdentity")),
    update: neverUpdated,
    delete: () => Promise.resolve(),
  };
}
