/** Inputs against a schema: every failure with its path; what is not known yet is not wrong. */
import { z } from "zod";
import { type Decoded, type Path, startsWith } from "./codec";
import type { CheckFailure } from "./handler";

export function failures(schema: z.ZodType, news: Decoded): readonly CheckFailure[] {
  const result = schema.safeParse(news.value);
  if (result.success) return [];
  return result.error.issues
    .map((issue) => ({ path: issue.path.map((part) => (typeof part === "symbol" ? String(part) : part)), issue }))
    .filter(({ path }) => !news.unknowns.some((unknown) => startsWith(path, unknown)))
    .map(({ path, issue }) => ({ property: pathText(path), reason: issue.message }));
}

/** Parses what `check` has seen already; a failure here names the resource's own inputs. */
export function parse<T>(schema: z.ZodType<T>, properties: unknown, what: string): T {
  const result = schema.safeParse(properties);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `  ${pathText(issue.path.map(String))}: ${issue.message}`);
  throw new Error(`${what} can't be read:\n${lines.join("\n")}`);
}

export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${String(part)}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
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

export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hex digits");
