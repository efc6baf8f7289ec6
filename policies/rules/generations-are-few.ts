/** Every generation is paid for by the month, in every place. */
import type { StackValidationPolicy } from "@pulumi/policy";
import { GENERATION } from "../resource-types";

/** More than anybody goes back. */
const MOST = 10;

export const generationsAreFew: StackValidationPolicy = {
  name: "generations-are-few",
  description: "No more generations of images are kept than the stack allows, 10 where it says nothing.",
  enforcementLevel: "mandatory",
  configSchema: { properties: { most: { type: "number", minimum: 1 } } },
  validateStack: (stack, reportViolation) => {
    const { resources } = stack;
    const { most = MOST } = stack.getConfig<{ readonly most?: number }>();
    const kept = resources
      .filter(({ type }) => type === GENERATION)
      .map(({ name }) => name)
      .sort();
    if (kept.length > most)
      reportViolation(
        `keeps ${kept.length} generations (${kept.join(", ")}); write keepGenerations: ${most} or less, ` +
          'and end what the lines "is kept" say keeps older ones',
      );
  },
};
