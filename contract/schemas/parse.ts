/** A value from somebody else against a schema: every mistake with its path. */
import { z } from "zod";

/** Mistakes that are shown: whoever makes millions of them is not helped by more. */
const MOST_SHOWN = 50;
/** Characters of a path or a message: both may quote what was sent. */
const LONGEST = 500;

/** @throws with everything that is wrong; `what` names the value */
export function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = read(schema, value, what);
  if (result.success) return result.data;
  const { issues } = result.error;
  const lines = issues
    .slice(0, MOST_SHOWN)
    .map((issue) => `  ${shortened(pathText(pathOf(issue)))}: ${shortened(issue.message)}`);
  if (issues.length > MOST_SHOWN) lines.push(`  and ${issues.length - MOST_SHOWN} more`);
  throw new Error(`${what} can't be read:\n${lines.join("\n")}`);
}

/** Schemas of trees call themselves. */
function read<T>(schema: z.ZodType<T>, value: unknown, what: string): z.ZodSafeParseResult<T> {
  try {
    return schema.safeParse(value);
  } catch (cause) {
    if (cause instanceof RangeError) throw new Error(`${what} can't be read: it is nested too deeply`, { cause });
    throw cause;
  }
}

/** A part of a message that may quote whatever was sent. */
export function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
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
