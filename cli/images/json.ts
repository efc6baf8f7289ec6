/** The outputs as JSON for programs: the ids, and which generation they are of. */
import type { StackOutputs } from "../../model/outputs/schema";
import type { LedgerEntry } from "../../model/plan";

/** `{stack, promotedFrom?, generation, previousGeneration, images, previousImages}`; keys of images sorted. */
export function imagesJson(outputs: StackOutputs, stack: string): string {
  const [current, previous] = outputs.generations;
  const { promotedFrom, images, previousImages } = outputs;
  const all = {
    stack,
    ...(promotedFrom === undefined ? {} : { promotedFrom }),
    generation: current === undefined ? null : facts(current),
    previousGeneration: previous === undefined ? null : facts(previous),
    images: sorted(images),
    previousImages: sorted(previousImages),
  };
  return `${JSON.stringify(all, null, 2)}\n`;
}

function facts({ id, number, builtAt, identity }: LedgerEntry) {
  return { id, number, builtAt, source: identity.source, from: sorted(identity.from) };
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
