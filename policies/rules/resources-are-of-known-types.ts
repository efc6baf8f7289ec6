/** What a pull request adds beyond images is seen by whoever reviews it. */
import { rule, TEXTS } from "../rule";
import { SHARED_TYPES } from "../resource-types";
import { ROOMS_TYPES } from "../resource-facts";

interface Options {
  readonly types?: readonly string[];
}

const KNOWN: ReadonlySet<string> = new Set([...SHARED_TYPES, ...ROOMS_TYPES]);

export const resourcesAreOfKnownTypes = rule<Options>({
  name: "resources-are-of-known-types",
  description: "Stacks have resources of the types that this project declares, and those that the stack names.",
  options: { types: TEXTS },
  problems: (_facts, { types = [] }, { type }) =>
    KNOWN.has(type) || types.includes(type) || /^pulumi:(pulumi|providers):/.test(type)
      ? []
      : [`is of type ${type}, which nothing here declares; take it away, or name it in types of this rule`],
});
