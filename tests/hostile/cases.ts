/**
 * How many cases each boundary gets, and how they are run: `npm test` prints each number, and `cases.test.ts` holds their sum. They
 * are the same in each run; `SEED` makes others.
 */
import fc from "fast-check";
import { vi } from "vitest";

// Some boundaries take seconds, on a machine that does nothing else.
vi.setConfig({ testTimeout: 180_000 });

export const CASES = {
  "words of a shell": 3_000,
  "words that ssh hands to a shell": 500,
  "a hypervisor's script": 300,
  "curl's settings": 300,
  "orders of an agent": 40,
  "libvirt's addresses": 60,
  "image references": 1_500,
  "libvirt's XML": 300,
  "cloud-config": 400,
  "Ansible's variables": 300,
  "settings of inner stacks": 300,
  "resalloc's arguments": 200,
  "the report as HTML": 200,
  "the report as Markdown": 300,
  "names in a comment": 1_500,
  "a whole comment": 150,
  "lines for a terminal": 2_000,
  "commit records": 1_500,
  "orders as an agent reads them": 500,
  ledgers: 300,
  "a registry's manifests": 1_000,
  "a hypervisor's answers": 1_000,
  "the engine's event log": 500,
} as const;

export type Boundary = keyof typeof CASES;

const SEED = Number(process.env["SEED"] ?? 1);

/**
 * Tries a property with its number of cases; fast-check makes a failing one small.
 * @param batch cases in one value, where a real parser is a process of its own
 */
export async function hold<T>(
  boundary: Boundary,
  values: fc.Arbitrary<T>,
  property: (value: T) => Promise<void> | void,
  batch = 1,
): Promise<void> {
  const numRuns = Math.ceil(CASES[boundary] / batch);
  const started = performance.now();
  await fc.assert(
    fc.asyncProperty(values, async (value) => property(value)),
    // A batch would be made smaller by one process after the other.
    { numRuns, seed: SEED, endOnFailure: batch > 1 },
  );
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`hostile input: ${boundary}, ${numRuns * batch} cases of seed ${SEED} in ${seconds} s\n`);
}
