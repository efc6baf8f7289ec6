/** Turns what the schema library says into what a person can act on. */
import * as z from "zod";

type Issue = z.core.$ZodRawIssue;

/** Used where a field of the schema has no message of its own. Undefined: the library's words will do. */
export function friendlyMessage(issue: Issue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return typeMessage(issue.expected, issue.input);
    case "invalid_value":
      return choiceMessage(issue.values, issue.input);
    case "invalid_union":
      return unionMessage(issue);
    case "too_small":
      return sizeMessage(issue.origin, "least", issue.minimum, issue.input);
    case "too_big":
      return sizeMessage(issue.origin, "most", issue.maximum, issue.input);
    case "unrecognized_keys":
      return unknownKeyMessage(issue);
    default:
      return undefined;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  record: "a map",
};

function typeMessage(expected: string, input: unknown): string {
  const kind = KINDS[expected] ?? expected;
  if (input === undefined) return `missing; give ${kind}`;
  // YAML reads 42 and true as what they look like.
  const isBare = typeof input === "number" || typeof input === "boolean";
  return `must be ${kind}, got ${shown(input)}${expected === "string" && isBare ? "; put it in quotes" : ""}`;
}

function choiceMessage(values: readonly z.core.util.Primitive[], input: unknown): string {
  const choices = values.map(String).join(", ");
  const rule = values.length === 1 ? `use ${choices}` : `use one of ${choices}`;
  return input === undefined ? `missing; ${rule}` : `unknown ${shown(input)}; ${rule}`;
}

/** Only unions told apart by one field are used here; the library reports at that field and passes the whole. */
function unionMessage(issue: Extract<Issue, { code: "invalid_union" }>): string | undefined {
  const { discriminator, input } = issue;
  if (discriminator === undefined) return undefined;
  const given =
    typeof input === "object" && input !== null ? (input as Record<string, unknown>)[discriminator] : undefined;
  const options = Array.isArray(issue["options"]) ? (issue["options"] as unknown[]).map(String).join(", ") : "";
  return given === undefined
    ? `missing; use one of ${options}`
    : `unknown ${discriminator} ${shown(given)}; use one of ${options}`;
}

function sizeMessage(origin: string, bound: "least" | "most", limit: number | bigint, input: unknown): string {
  switch (origin) {
    case "array":
      return bound === "least" ? `empty; give at least ${limit}` : `has more than ${limit}`;
    case "string":
      return bound === "least" ? "empty; write something" : `is longer than ${limit} characters`;
    default:
      return `must be at ${bound} ${limit}, got ${shown(input)}`;
  }
}

function unknownKeyMessage(issue: Extract<Issue, { code: "unrecognized_keys" }>): string {
  const schema = issue.inst;
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return known.length === 0 ? "unknown setting; remove it" : `unknown setting; known here: ${known.join(", ")}`;
}

export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
