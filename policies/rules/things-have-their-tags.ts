/** Whoever finds a thing in an account must see whose it is. */
import { IDENTITY, OWNER_TAG } from "../../provider/owner";
import { Later, own } from "../../infra/policy-facts";
import { rule, TEXTS } from "../rule";

interface Options {
  readonly tags?: readonly string[];
}

/** Written by the resource itself, with the owner that it is given. */
const BY_THE_RESOURCE = /^builders:index:/;

export const thingsHaveTheirTags = rule<Options>({
  name: "things-have-their-tags",
  description: "Whatever has tags has the identity of the stack that made it, and the tags that the stack asks for.",
  options: { tags: TEXTS },
  problems: ({ tags }, { tags: wanted = [] }, { type }) => {
    if (tags === undefined || tags instanceof Later) return [];
    const needed = [...(BY_THE_RESOURCE.test(type) ? [] : [OWNER_TAG]), ...wanted];
    const missing = needed.filter((key) => own(tags, key) === undefined || own(tags, key) === "");
    const owner = own(tags, OWNER_TAG);
    const isStrange = typeof owner === "string" && owner !== "" && !IDENTITY.test(owner);
    const where = "write it under tags of the worker or target, or the provider's defaultTags";
    return [
      ...(missing.length === 0 ? [] : [`has no tag ${missing.join(", ")}; ${where}`]),
      ...(isStrange ? [`has ${OWNER_TAG}: ${owner}, which no stack is called; take it from StackIdentity`] : []),
    ];
  },
});
