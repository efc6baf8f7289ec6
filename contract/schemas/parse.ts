/** A value from somebody else against a schema: every mistake with its path. */
import { z } from "zod";

/** @throws with everything that is wrong; `what` names the value */
export function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `  ${pathText(pathOf(issue))}: ${issue.message}`);
  throw new Error(`${what} can't be read:\n${lines.join("\n")}`);
}

/** Where an issue is. */
export function pathOf({ path }: z.core.$ZodIssue): readonly (string | number)[] {
  return path.map((part) => (typeof part === "symbol" ? String(part) : part));
}

/** `a.b[2]` */
export function pathText(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${String(part)}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hex digits");
