/** Markdown for text that others wrote: it is shown as it is, whatever it holds, and takes no more room than it is given. */

/** Shown letter by letter: no link, no mention of a person, no HTML. Fit for the cell of a table. */
export function inCode(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|");
  const fence = "`".repeat(longestRun(line) + 1);
  return fence.length === 1 ? `\`${line}\`` : `${fence} ${line} ${fence}`;
}

export function codeBlock(text: string): string {
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}text\n${text}\n${fence}`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The first lines of `text`, at most `bytes` in UTF-8; says how many `lines` were left off. */
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
  // After a table a blank line ends it; in a block of code it does no harm.
  return [...kept, "", lastLine(all.length - kept.length, lines)].join("\n");
}

function lastLine(count: number, lines: string): string {
  return `… and ${count} more ${lines}, in the log`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
