/** Texts that somebody wrote who wants something else to happen than what they are for. */
import fc from "fast-check";

/** What means something to one of the languages that texts are put into. */
const SPECIAL = [
  ..."'\"`\\$&;|<>(){}[]*?~!#%^=+-_.,:@/ \t\n\r",
  ...[
    "\r\n",
    "\u0000",
    "\u0007",
    "\u001b[2J",
    "\u001b]0;x\u0007",
    "\u001bc",
    "\u0085",
    "\u009b31m",
    "\u2028",
    "\u202e",
  ],
  ...[
    "$(id)",
    "`id`",
    "${x}",
    "'; id; '",
    '"; id; "',
    "\\'",
    "' \\\n'",
    "-o",
    "--",
    "-oProxyCommand=id",
    "END OF FILE",
  ],
  ...[
    "<script>",
    "</title>",
    "</style>",
    "-->",
    "]]>",
    "<!--",
    "&amp;",
    "&#60;",
    "<img src=x onerror=x>",
    '" onload="',
  ],
  ...[
    "](x)",
    "![x](y)",
    "[x]: y",
    "@admin",
    "https://x.example/",
    "www.x.example",
    "a@x.example",
    "```",
    "|",
    "# x",
    "- x",
  ],
  ...[
    "{{ x }}",
    "{% x %}",
    "!!python/object:x",
    "&a",
    "*a",
    "---",
    "...",
    "? x",
    "x: y",
    " #x",
    "yes",
    "null",
    "0x1f",
    "1e3",
    "=",
    "<<",
    "1_0",
    "1:20",
    "2001-01-01",
  ],
  ...["../", "..", "%2e%2e", "%00", "?x=y", "#x", "//x", "\\\\x", "ünï", "💥", "\ud800"],
];

export interface Limits {
  /** Pieces at most. @default 6 */
  readonly most?: number;
  /** @default 0 */
  readonly least?: number;
  /** Left out, because the place can't have them at all, as an argument of a process can't have NUL. @default none */
  readonly without?: RegExp;
}

export function hostileText({ most = 6, least = 0, without }: Limits = {}): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...SPECIAL) },
    { weight: 1, arbitrary: fc.string({ maxLength: 8 }) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 4 }) },
  );
  const text = fc.array(piece, { minLength: least, maxLength: most }).map((pieces) => pieces.join(""));
  if (without === undefined) return text;
  const all = new RegExp(without.source, `${without.flags}g`);
  return text.map((one) => one.replace(all, "x"));
}

/** What no process can be given, and what is no text in UTF-8. */
export const NO_ARGUMENT = /\0|[\ud800-\udfff]/u;

/** The same value with one part of it, or itself, replaced by something else. */
export function damaged(value: unknown): fc.Arbitrary<unknown> {
  const paths = pathsOf(value);
  const other = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    hostileText(),
    fc.constantFrom<unknown>(Number.NaN, -1, 2 ** 53, 1e308, [], {}, null, "x".repeat(100_000), deep(20_000)),
  );
  return fc.tuple(fc.constantFrom(...paths), other).map(([path, by]) => replaced(value, path, by));
}

/** The same, as JSON: a tree may be too deep for anybody to write it. */
export function damagedJson(value: unknown): fc.Arbitrary<string> {
  const mark = "@here@";
  const text = fc.oneof(
    { weight: 5, arbitrary: fc.json({ maxDepth: 3 }) },
    { weight: 5, arbitrary: hostileText().map((one) => JSON.stringify(one)) },
    { weight: 1, arbitrary: fc.constantFrom("[".repeat(100_000) + "]".repeat(100_000), "1e999", "{", "[1,", "\u0000") },
  );
  return fc
    .tuple(fc.constantFrom(...pathsOf(value)), text)
    .map(([path, by]) => JSON.stringify(replaced(value, path, mark)).replace(JSON.stringify(mark), () => by));
}

/** Lists in lists. */
export function deep(levels: number): unknown {
  return JSON.parse("[".repeat(levels) + "]".repeat(levels));
}

type Path = readonly (string | number)[];

function pathsOf(value: unknown): Path[] {
  if (typeof value !== "object" || value === null) return [[]];
  const parts: [string | number, unknown][] = Array.isArray(value)
    ? value.map((one: unknown, index) => [index, one])
    : Object.entries(value);
  return [[], ...parts.flatMap(([key, part]) => pathsOf(part).map((path) => [key, ...path]))];
}

function replaced(value: unknown, [first, ...rest]: Path, by: unknown): unknown {
  if (first === undefined) return by;
  if (Array.isArray(value)) return value.map((one: unknown, at) => (at === first ? replaced(one, rest, by) : one));
  if (typeof value !== "object" || value === null) return by;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, key === first ? replaced(part, rest, by) : part]),
  );
}
