/**
 * The commands that a script runs in any case, each as its words: nothing that hangs on another command, is in a function, a
 * comment or a here-document, or stands after an end of the script. Less than a shell: what is written in other ways is left out.
 */
export function shellCommands(script: string): string[][] {
  const found: string[][] = [];
  let depth = 0;
  let before = "";
  for (const { words, end } of simpleCommands(script)) {
    const [first = ""] = words;
    if (depth === 0 && /^(exit|return|exec)$/.test(first)) return found;
    if (OPENS.test(first)) depth++;
    const isSure = depth === 0 && before !== "&&" && before !== "||";
    if (CLOSES.test(first)) depth--;
    if (isSure && first !== "") found.push(plainCommand(words));
    if (end === "(") depth++;
    if (end === ")") depth--;
    if (words.length > 0 || end !== "\n") before = end;
  }
  return found;
}

const OPENS = /^(if|while|until|for|case|select|\{)$/;
const CLOSES = /^(fi|done|esac|\})$/;

/** Without what is set for it alone, and who runs it. */
function plainCommand(words: readonly string[]): string[] {
  return words.slice(
    Math.max(
      0,
      words.findIndex((word) => !/^\w+=/.test(word) && word !== "sudo"),
    ),
  );
}

interface SimpleCommand {
  readonly words: readonly string[];
  /** What ends it: `&&`, `;`, a newline, a parenthesis. */
  readonly end: string;
}

/** A word, in any quotes; what ends a command; blanks, comments and continued lines. The file of a redirection counts as a word. */
const TOKEN =
  /(?<blank>(?:[ \t\r]|\\\n)+)|(?<comment>#[^\n]*)|(?<here><<-?[ \t]*(?<label>[^\s;&|()<>]+))|(?<redirection>[<>]+&?)|(?<end>&&|\|\||[;&|()\n])|(?<word>(?:[^\s;&|()<>"'\\]|\\[^\n]|"(?:[^"\\]|\\[^])*"|'[^']*')+)|(?<other>[^])/y;

function* simpleCommands(script: string): Generator<SimpleCommand> {
  let words: string[] = [];
  let labels: string[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < script.length;) {
    TOKEN.lastIndex = at;
    const { groups = {} } = TOKEN.exec(script) ?? {};
    at = TOKEN.lastIndex;
    const { label, end, word, other } = groups;
    // A quote that nothing ends: no shell runs any of it.
    if (other !== undefined) return;
    if (label !== undefined) labels.push(unquoted(label));
    if (word !== undefined) words.push(unquoted(word));
    if (end === undefined) continue;
    yield { words, end };
    words = [];
    if (end !== "\n") continue;
    at = labels.reduce((from, one) => afterDocument(script, from, one), at);
    labels = [];
  }
  yield { words, end: "\n" };
}

/** Where a here-document ends that begins here. */
function afterDocument(script: string, from: number, label: string): number {
  let at = from;
  while (at < script.length) {
    const next = script.indexOf("\n", at);
    const line = script.slice(at, next === -1 ? undefined : next);
    at = next === -1 ? script.length : next + 1;
    if (line.replace(/^\t+/, "") === label) return at;
  }
  return at;
}

function unquoted(word: string): string {
  return word.replace(
    /"((?:[^"\\]|\\[^])*)"|'([^']*)'|\\([^])/g,
    (_, double?: string, single?: string, one?: string) => {
      if (double !== undefined) return double.replace(/\\(["\\$`])/g, "$1");
      return single ?? one ?? "";
    },
  );
}
