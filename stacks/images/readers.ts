/** What the stacks that promote from this one use: none of it may be deleted. */
import * as pulumi from "@pulumi/pulumi";
import { parseLedger } from "../../components/plan";
import { outputsOf, type ReadOutput } from "./stacks";

/**
 * @param promotedBy names of the promoting stacks
 * @returns ids of this stack's generations that one of them uses, or used before and may go back to
 */
export async function generationsInUse(
  promotedBy: readonly string[],
  outputs: (stack: string) => ReadOutput = outputsOf,
  self: string = pulumi.getStack(),
): Promise<string[]> {
  const used = await Promise.all(
    promotedBy.map(async (stack) => {
      const read = outputs(stack);
      const from = await read("promotedFrom");
      if (from === undefined) return [];
      if (from === self) return parseLedger(await read("generations")).map(({ id }) => id);
      await pulumi.log.warn(`promotedBy: ${stack} promotes from ${JSON.stringify(from)}, not from this stack`);
      return [];
    }),
  );
  return [...new Set(used.flat())];
}
