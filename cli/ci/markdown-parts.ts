/** Markdown for text that others wrote: it is shown as it is, whatever it holds, and takes no more room than it is given. */

/** Of a name; a longer one is cut. */
const NAME_BYTES = 1_000;

/** Shown letter by letter: no link, no mention of a person, no HTML. Fit for the cell of a table. */
export function inCode(text: string): string {
  const line = barsEscaped(start(shortRuns(text.replaceAll(/\s+/g, " ")), NAME_BYTES));
  const fence = "`".repeat(longestRun(line) + 1);
  return fence.length === 1 ? `\`${line}\`` : `${fence} ${line} ${fence}`;
}

/** In a table a bar ends its cell, in code too. Behind a backslash it could not be escaped: a blank comes between. */
export function barsEscaped(line: string): string {
  return line.replaceAll(/\\(?=\|)/g, "\\ ").replaceAll("|", "\\|");
}

export function codeBlock(text: string): string {
  const shown = shortRuns(text);
  const fence = "`".repeat(Math.max(3, longestRun(shown) + 1));
  return `${fence}text\n${shown}\n${fence}`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The first names, with commas between, at most `bytes` in UTF-8; says how many `things` were left off. */
export function namesThatFit(names: readonly string[], bytes: number, things: string): string {
  const all = names.join(", ");
  if (Buffer.byteLength(all) <= bytes) return all;
  let room = bytes - Buffer.byteLength(lastLine(names.length, things));
  const tooFar = names.findIndex((name) => (room -= Buffer.byteLength(name) + 2) < 0);
  return [...names.slice(0, tooFar), lastLine(names.length - tooFar, things)].join(", ");
}

/** The first lines of `text`, at most `bytes` in UTF-8; says how many `lines` were left off, or cuts the first if it is too long. */
export function whatFits(text: string, bytes: number, lines: string): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const all = text.split("\n");
  const kept: string[] = [];
  // For the last line, with its own line breaks.
  let room = bytes - Buffer.byteLength(lastLine(all.length, lines)) - 2;
  for (const line of all) {
    room -= Buffer.byteLength(line) + 1;
    if (room < 0) break;
    kept.push(line);
  }
  const [first = ""] = all;
  if (kept.length === 0 && all.length === 1) return start(first, bytes);
  if (kept.length === 0) {
    const rest = lastLine(all.length - 1, lines);
    return [start(first, bytes - Buffer.byteLength(rest) - 2), "", rest].join("\n");
  }
  // After a table a blank line ends it; in a block of code it does no harm.
  return [...kept, "", lastLine(all.length - kept.length, lines)].join("\n");
}

function lastLine(count: number, lines: string): string {
  return `… and ${count} more ${lines}, in the log`;
}

/** As much as fits into `bytes` of UTF-8, no letter by half. */
function start(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const mark = "… (cut)";
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(Math.max(0, bytes - Buffer.byteLength(mark))));
  return text.slice(0, read) + mark;
}

/** The fence around a run must be longer than the run: a run without end would leave no room for anything else. */
function shortRuns(text: string): string {
  return text.replaceAll(/`{20,}/g, "`…");
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
