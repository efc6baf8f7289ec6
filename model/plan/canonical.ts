/** JSON that is equal whenever the data is: keys sorted, nothing undefined. */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.entries(value)
    .flatMap(([key, member]) => (member === undefined ? [] : [[key, member] as const]))
    // By code unit, which no locale changes.
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(",")}}`;
}

// Array.isArray does not narrow a readonly array away from the other members.
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
