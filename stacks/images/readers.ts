/** What the stacks that promote from this one use or wait for: none of it may be deleted. */
import * as pulumi from "@pulumi/pulumi";
import { parseLedger, type LedgerEntry } from "../../components/plan";
import { outputsOf, type ReadOutput } from "./stacks";

/**
 * @param promotedBy names of the promoting stacks
 * @param ledger this stack's generations
 * @returns ids of those that one of them uses, used before and may go back to, or is to take next. The next is the oldest
 * that is newer than what it uses: where generations come faster than they soak, none of them would live to be taken.
 */
export async function generationsInUse(
  promotedBy: readonly string[],
  ledger: readonly LedgerEntry[],
  outputs: (stack: string) => ReadOutput = outputsOf,
  self: string = pulumi.getStack(),
): Promise<string[]> {
  const used = await Promise.all(
    promotedBy.map(async (stack) => {
      const read = outputs(stack);
      const from = await read("promotedFrom");
      if (from !== undefined && from !== self) {
        await pulumi.log.warn(`promotedBy: ${stack} promotes from ${JSON.stringify(from)}, not from this stack`);
        return [];
      }
      const entries = from === undefined ? [] : parseLedger(await read("generations"));
      return [...entries, ...nextAfter(entries[0]?.number ?? 0, ledger)].map(({ id }) => id);
    }),
  );
  return [...new Set(used.flat())];
}

function nextAfter(number: number, ledger: readonly LedgerEntry[]): LedgerEntry[] {
  const newer = ledger.filter((entry) => entry.number > number);
  return newer.sort((a, b) => a.number - b.number).slice(0, 1);
}
