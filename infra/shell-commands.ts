/**
 * The commands that a script runs in any case, each as its words: nothing that hangs on another command, is in a function, a
 * comment or a here-document, or stands after an end of the script. Less than a shell: what is written in other ways is left out.
 */
export function shellCommands(script: string): string[][] {
  const found: string[][] = [];
  let blocks = 0;
  let parentheses = 0;
  let hangs = false;
  for (const { words, end } of simpleCommands(script)) {
    const [first = ""] = words;
    const isOutside = blocks === 0 && parentheses === 0;
    if (isOutside && /^(exit|return|exec)$/.test(first)) return found;
    if (OPENS.test(first) || (first === "function" && words.at(-1) === "{")) blocks++;
    if (isOutside && blocks === 0 && !hangs && first !== "") found.push(plainCommand(words));
    if (CLOSES.test(first)) blocks--;
    if (end === "(") parentheses++;
    // One that nothing has opened ends a pattern of a `case`.
    if (end === ")" && parentheses > 0) parentheses--;
    if (end === "&&" || end === "||") hangs = true;
    // What a command is piped into hangs on what it hangs on, and a line may end before what hangs on it.
    else if (end !== "|" && (words.length > 0 || end !== "\n")) hangs = false;
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

/** A word, in any quotes; what ends a command; blanks, comments and continued lines. */
const TOKEN =
  /(?<blank>(?:[ \t\r]|\\\n)+)|(?<comment>#[^\n]*)|(?<here>\d*<<(?<dash>-?)[ \t]*(?<label>[^\s;&|()<>]+))|(?<redirection>\d*[<>]+[&|]?)|(?<end>&&|\|\||[;&|()\n])|(?<word>(?:[^\s;&|()<>"'\\]|\\[^\n]|"(?:[^"\\]|\\[^])*"|'[^']*')+)|(?<other>[^])/y;

function* simpleCommands(script: string): Generator<SimpleCommand> {
  let words: string[] = [];
  let labels: Label[] = [];
  let isFile = false;
  TOKEN.lastIndex = 0;
  for (let at = 0; at < script.length;) {
    TOKEN.lastIndex = at;
    const { groups = {} } = TOKEN.exec(script) ?? {};
    at = TOKEN.lastIndex;
    const { label, dash, redirection, end, word, other } = groups;
    // A quote that nothing ends: no shell runs any of it.
    if (other !== undefined) return;
    if (label !== undefined) labels.push({ text: unquoted(label), isIndented: dash === "-" });
    // What it is redirected to is no word of the command.
    if (word !== undefined && !isFile) words.push(unquoted(word));
    if (word !== undefined || end !== undefined) isFile = false;
    if (redirection !== undefined) isFile = true;
    if (end === undefined) continue;
    yield { words, end };
    words = [];
    if (end !== "\n") continue;
    at = labels.reduce((from, one) => afterDocument(script, from, one), at);
    labels = [];
  }
  yield { words, end: "\n" };
}

/** What ends a here-document, and whether tabs may stand before it. */
interface Label {
  readonly text: string;
  readonly isIndented: boolean;
}

/** Where a here-document ends that begins here. */
function afterDocument(script: string, from: number, { text, isIndented }: Label): number {
  let at = from;
  while (at < script.length) {
    const next = script.indexOf("\n", at);
    const line = script.slice(at, next === -1 ? undefined : next);
    at = next === -1 ? script.length : next + 1;
    if ((isIndented ? line.replace(/^\t+/, "") : line) === text) return at;
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
