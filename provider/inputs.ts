/** Inputs against a schema: every failure with its path; what is not known yet is not wrong. */
import { z } from "zod";
import { type Decoded, startsWith } from "./codec";
import type { CheckFailure } from "./handler";
import { pathOf, pathText } from "../contract/schemas/parse";

export function failures(schema: z.ZodType, news: Decoded): readonly CheckFailure[] {
  const result = schema.safeParse(news.value);
  if (result.success) return [];
  return result.error.issues
    .map((issue) => ({ path: pathOf(issue), issue }))
    .filter(({ path }) => !news.unknowns.some((unknown) => startsWith(path, unknown)))
    .map(({ path, issue }) => ({ property: pathText(path), reason: issue.message }));
}

/** The description of an object store (`store.ts`), as an input. */
export const storeSchema = z.object({
  bucket: z.string().min(1),
  region: z.string().min(1),
  endpoint: z.url().exactOptional(),
  endpointForWorkers: z.url().exactOptional(),
  credentials: z.object({ file: z.string().min(1), profile: z.string().min(1) }).exactOptional(),
});

export const storedObjectSchema = z.object({
  object: z.string().min(1),
  sizeBytes: z.int().nonnegative(),
});
