/** HTML that can't be broken by what stands in it. */

/** Text that is HTML already. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Content = string | number | Markup | readonly Content[];

/** A template whose values are escaped, but for markup. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(
    strings.map((part, index) => part + (index < values.length ? escaped(values[index] ?? "") : "")).join(""),
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(value: Content): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === "object") return value.map(escaped).join("");
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
