/** What a check of inputs answers: every failure, with its path, by the schema of a resource. */
import type { z } from "zod";
import { decode, type WireProperties } from "./wire";

export interface Failure {
  readonly property: string;
  readonly reason: string;
}

/** The plain inputs of a resource; the engine has checked them, so a mistake here is one in a state from elsewhere. */
export function read<S extends z.ZodType>(schema: S, wire: WireProperties): z.infer<S> {
  const parsed = schema.safeParse(decode(wire).values);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${pathOf(issue.path)}: ${issue.message}`);
  throw new Error(`the resource's properties are not usable: ${problems.join("; ")}`);
}

/**
 * Everything wrong with the inputs, but for values that a preview does not know yet. `unserved` says of a property that
 * a strict schema does not have why it is refused.
 */
export function failuresOf(schema: z.ZodType, news: WireProperties, unserved = "is not known"): Failure[] {
  const { values, unknown } = decode(news);
  const parsed = schema.safeParse(values);
  if (parsed.success) return [];
  return parsed.error.issues
    .flatMap((issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => ({ property: pathOf([...issue.path, key]), reason: unserved }))
        : [{ property: pathOf(issue.path), reason: issue.message }],
    )
    .filter((failure) => !isCovered(failure.property, unknown));
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`),
    "",
  );
}

function isCovered(property: string, unknown: ReadonlySet<string>): boolean {
  return [...unknown].some(
    (path) => path === property || property.startsWith(`${path}.`) || property.startsWith(`${path}[`),
  );
}
