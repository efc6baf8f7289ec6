import { createHash } from "node:crypto";
import { utils } from "ssh2";
import { z } from "zod";
import { Secret } from "../codec";
import { NO_CHANGES, type ResourceHandler, neverUpdated } from "../handler";
import { failures } from "../inputs";
import { parse } from "../../contract/schemas/parse";

const argsSchema = z.object({
  comment: z
    .string()
    .regex(/^[^\r\n]*$/, "must be one line")
    .default(""),
});

/** Makes a pair in OpenSSH's formats. */
export type MakeKeyPair = (comment: string) => { readonly private: string; readonly public: string };

/** ssh2 1.17 leaves a leading zero out of one pair in 256: a byte too short, no server and no client takes it. */
export const makeEd25519: MakeKeyPair = (comment) => {
  for (;;) {
    const pair = utils.generateKeyPairSync("ed25519", { comment });
    if (![pair.public, pair.private].some((key) => utils.parseKey(key) instanceof Error)) return pair;
  }
};

export function sshKeyHandler(makePair: MakeKeyPair = makeEd25519): ResourceHandler {
  return {
    check: (news) => failures(argsSchema, news),
    // A comment is no reason to lock somebody out of a machine.
    diff: () => NO_CHANGES,
    create: (inputs) => {
      const { comment } = parse(argsSchema, inputs.value, "the inputs of an SshKey");
      const pair = makePair(comment);
      const publicKey = pair.public.trim();
      return Promise.resolve({
        id: createHash("sha256").update(publicKey).digest("hex").slice(0, 16),
        outs: { comment, privateKeyOpenssh: new Secret(pair.private), publicKeyOpenssh: publicKey },
      });
    },
    read: (_id, state) =>
      Promise.resolve({ ...state.value, privateKeyOpenssh: new Secret(state.value.privateKeyOpenssh) }),
    update: neverUpdated,
    delete: () => Promise.resolve(),
  };
}
