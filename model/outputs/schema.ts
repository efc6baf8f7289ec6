/** The shape of the stack's outputs, for those who read them: other programs of this repository and other people's. */
import * as z from "zod";
import type { Store } from "../../provider/store";
import { entrySchema } from "../plan/ledger";
import type { LedgerEntry } from "../plan/types";
import type { ImagesOutput, UnfinishedOutput } from "./index";
import { identityOutput, storeOutput } from "./owner";

/** Ids of images, nested as in `copr_builder_images`. */
export const imageIds: z.ZodType<ImagesOutput> = z
  .lazy(() => z.record(z.string(), z.union([z.string().min(1), imageIds])))
  .meta({ id: "images", description: "Ids of images: target, region where there are several, architecture." });

const generation = entrySchema.meta({
  id: "generation",
  description: "All that declares it again, and what became of it.",
});

const unfinished: z.ZodType<UnfinishedOutput> = z.looseObject({
  generation: z.string(),
  images: imageIds,
  missing: z.array(z.string()),
  entry: generation,
});

/** What a stack puts out. A stack that promotes has `promotedFrom`, the stack that builds. */
export interface StackOutputs {
  /** Of the generation in use. */
  readonly images: ImagesOutput;
  /** Of the generation in use before, to go back to; empty until there is one. */
  readonly previousImages: ImagesOutput;
  /** The generation in use, the one in use before, then others that are kept. */
  readonly generations: readonly LedgerEntry[];
  /** Absent where the stack was last run by a version without. */
  readonly identity?: string | undefined;
  /** Of a stack that builds. */
  readonly store?: Store | undefined;
  readonly promotedFrom?: string | undefined;
  readonly promotedFromIdentity?: string | undefined;
  readonly unfinished?: UnfinishedOutput | null | undefined;
}

export const outputsSchema = z
  // Loose: a newer program may put out more, and that hurts no reader.
  .looseObject({
    images: imageIds.meta({ description: "The generation in use." }),
    previousImages: imageIds.meta({ description: "The generation in use before; empty until there is one." }),
    generations: z.array(generation).meta({ description: "The ledger: in use, in use before, then others kept." }),
    identity: identityOutput.optional(),
    store: storeOutput.optional(),
    promotedFrom: z.string().optional().meta({ description: "The stack that builds, if this one promotes." }),
    promotedFromIdentity: identityOutput.optional().meta({ description: "The output identity of that stack." }),
    unfinished: unfinished
      .nullish()
      .meta({ description: "A generation that a run for some architectures or targets has begun, if there is one." }),
  })
  .meta({
    title: "Outputs of a copr-builders stack",
    description: "What `pulumi stack output --json` prints. Written by `npm run schema`.",
  });
