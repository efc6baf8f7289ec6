/** A Containerfile as a list of instructions, cut as builders cut it. What they mean is decided in `containerfile.ts`. */
import { UserError } from "../../contract/user-error";

/** A Containerfile that cannot be understood, or that asks for what can't be known or done here. */
export class ContainerfileError extends UserError {
  override readonly name = "ContainerfileError";
}

/** The mistake in one line of the file. */
export function mistake(line: number, problem: string): ContainerfileError {
  return new ContainerfileError(`line ${line}: ${problem}`);
}

export interface Flag {
  readonly name: string;
  /** Undefined for a flag without `=`. */
  readonly value: string | undefined;
}

export interface Instruction {
  /** Where it begins, counted from 1. */
  readonly line: number;
  /** In capitals. */
  readonly keyword: string;
  readonly flags: readonly Flag[];
  /** What follows the flags; lines that continue are joined. */
  readonly text: string;
  /** True if lines after it belong to it: `<<EOF`. */
  readonly heredoc: boolean;
}

export interface ParsedFile {
  readonly instructions: readonly Instruction[];
  /** The character that continues a line and quotes the next one: `\` or, with `# escape`, a backtick. */
  readonly escape: string;
}

const WITH_FLAGS = ["ADD", "COPY", "FROM", "HEALTHCHECK", "RUN"];
const WITH_HEREDOCS = ["ADD", "COPY", "RUN"];
const KNOWN = new Set([
  ...WITH_FLAGS,
  ...["ARG", "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "LABEL", "MAINTAINER", "ONBUILD", "SHELL", "STOPSIGNAL", "USER"],
  ...["VOLUME", "WORKDIR"],
]);

/** @throws ContainerfileError for what no builder takes: an unknown instruction, a heredoc without an end */
export function parseInstructions(containerfile: string): ParsedFile {
  const lines = containerfile.replace(/^\uFEFF/, "").split(/\r?\n/);
  const escape = escapeCharacter(lines);
  const instructions: Instruction[] = [];
  for (let next = 0; next < lines.length;) {
    const line = next + 1;
    const joined = joinLines(lines, next, escape);
    next = joined.next;
    if (joined.text === "") continue;
    const [, word = "", rest = ""] = /^(\S+)\s*([^]*)$/.exec(joined.text) ?? [];
    const keyword = word.toUpperCase();
    if (!KNOWN.has(keyword)) throw mistake(line, `unknown instruction ${word}; is the line before it continued?`);
    const { flags, text } = WITH_FLAGS.includes(keyword) ? cutFlags(rest) : { flags: [], text: rest };
    const ends = WITH_HEREDOCS.includes(keyword) ? heredocs(text) : [];
    for (const end of ends) next = afterHeredoc(lines, next, end, line);
    instructions.push({ line, keyword, flags, text, heredoc: ends.length > 0 });
  }
  return { instructions, escape };
}

/** `# escape=...` counts in the very first line alone, for podman. Docker reads it below `# syntax=...`, too. */
function escapeCharacter(lines: readonly string[]): string {
  const [first, second] = [0, 1].map((at) => /^\s*#[ \t]*escape[ \t]*=[ \t]*(.)/i.exec(lines[at] ?? "")?.[1]);
  if (first !== undefined && first !== "\\" && first !== "`") throw mistake(1, `escape is \\ or \`, not ${first}`);
  if (first !== undefined && second !== undefined) throw mistake(2, "escape is set again; remove this line");
  // Where nothing but comments ends in one it decides nothing.
  const decides = lines.some((line) => /^\s*[^#\s].*`[ \t]*$/.test(line));
  if (first === undefined && second === "`" && decides && /^\s*#\s*\w+\s*=/.test(lines[0] ?? ""))
    throw mistake(2, "podman reads # escape in the first line alone; put it there");
  return first ?? "\\";
}

/** One instruction's lines as one; comments and empty lines between them are left out. */
function joinLines(lines: readonly string[], first: number, escape: string): { text: string; next: number } {
  // As podman sees it: also where another escape stands before this one.
  const continued = escape === "\\" ? /\\[ \t]*$/ : /`[ \t]*$/;
  let text = "";
  for (let next = first; ; next++) {
    const line = lines[next];
    if (line === undefined) return { text: text.trim(), next };
    if (/^\s*(#|$)/.test(line)) {
      if (text === "") return { text: "", next: next + 1 };
      continue;
    }
    const begun = text === "" ? line.trimStart() : line;
    if (!continued.test(begun)) return { text: (text + begun).trim(), next: next + 1 };
    text += begun.replace(/.[ \t]*$/, "");
    // A line of nothing but the escape begins an instruction all the same.
    if (text === "") text = " ";
  }
}

/** Words that begin with `--`, up to the first that doesn't; quotes and `\\` taken off, whatever the file's escape is. */
function cutFlags(text: string): { flags: Flag[]; text: string } {
  const flags: Flag[] = [];
  let rest = text;
  while (rest.startsWith("--")) {
    let word = "";
    let quote = "";
    let at = 0;
    for (; at < rest.length && (quote !== "" || !/\s/.test(rest.charAt(at))); at++) {
      const character = rest.charAt(at);
      if (character === "\\" && at + 1 < rest.length) word += rest.charAt(++at);
      else if (quote === "" && /["']/.test(character)) quote = character;
      else if (character === quote) quote = "";
      else word += character;
    }
    rest = rest.slice(at).trimStart();
    if (word === "--") break;
    const [, name = "", value] = /^--([^=]*)(?:=([^]*))?$/.exec(word) ?? [];
    flags.push({ name, value });
  }
  return { flags, text: rest };
}

interface HeredocEnd {
  readonly word: string;
  /** `<<-`: tabs before the last line don't count. */
  readonly tabs: boolean;
}

/** Heredocs that an instruction begins: its unquoted words `<<NAME`, `<<-NAME`, `<<"NAME"`, `3<<NAME`. */
function heredocs(text: string): HeredocEnd[] {
  const words = text.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/gs) ?? [];
  return words.flatMap((word) => {
    const [, dash, name] = /^\d*<<(-?)([^<]+)$/.exec(word) ?? [];
    return name === undefined ? [] : [{ word: name.replace(/["'\\]/g, ""), tabs: dash === "-" }];
  });
}

function afterHeredoc(lines: readonly string[], first: number, end: HeredocEnd, line: number): number {
  for (let next = first; next < lines.length; next++) {
    const text = lines[next] ?? "";
    if ((end.tabs ? text.replace(/^\t+/, "") : text) === end.word) return next + 1;
  }
  throw mistake(line, `<<${end.word} has no end; write a line ${end.word} after the text`);
}
