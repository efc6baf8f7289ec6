/** The outputs as JSON for programs: the ids, and which generation they are of. */
import * as z from "zod";
import { behindJson, behindSchema } from "../outputs/behind";
import { imageIds, type StackOutputs } from "../../model/outputs/schema";
import type { LedgerEntry } from "../../model/plan";
import { identitySchema } from "../../model/plan/ledger";

const generation = z
  .strictObject({
    id: z.string(),
    number: z.number(),
    builtAt: z.string().meta({ description: "RFC 3339, UTC." }),
    source: identitySchema.shape.source,
    from: z.record(z.string(), z.string()).meta({ description: "Digests of what it was built from, by reference." }),
  })
  .nullable();

export const imagesJsonSchema = z
  .strictObject({
    stack: z.string(),
    promotedFrom: z.string().optional(),
    generation: generation.meta({ description: "In use; null until there is one." }),
    previousGeneration: generation.meta({ description: "In use before." }),
    images: imageIds,
    previousImages: imageIds,
    behind: z.array(behindSchema).meta({ description: "Places that the generation in use is whole without." }),
  })
  .meta({ title: "Image ids", description: "What `npm run -s images -- --stack STACK --json` prints." });

/** Keys of images sorted. */
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
    behind: behindJson(current),
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
