/**
 * One pattern of an ignore file, as builders read it: checked as Go's filepath.Match checks it, then made a regular
 * expression of which only `.` and `$` are quoted (containers/storage, fileutils). So `a+` is one or more `a`, as for them.
 */

/** A pattern that the builder refuses, or that every builder reads otherwise. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/** Tells whether a path, or a folder above it, fits. @throws PatternError */
export function compilePattern(pattern: string): (file: string) => boolean {
  const text = translate(pattern);
  let expression: RegExp;
  try {
    expression = new RegExp(`^${text}(/.*)?$`, "su");
  } catch (cause) {
    throw new PatternError("builders read it as a regular expression, and it is none", { cause });
  }
  return (file) => expression.test(file);
}

function translate(pattern: string): string {
  let text = "";
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    switch (character) {
      case "*":
        if (characters[at + 1] !== "*") {
          text += "[^/]*";
          break;
        }
        at++;
        // "**/" is any number of folders, none too; at the end it is everything.
        if (characters[at + 1] === "/") at++;
        text += at + 1 === characters.length ? ".*" : "(.*/)?";
        break;
      case "?":
        text += "[^/]";
        break;
      case "\\":
        text += quoted(characters[++at]);
        break;
      case "[": {
        const end = classEnd(characters, at);
        text += translateClass(characters.slice(at + 1, end));
        at = end;
        break;
      }
      case "{":
        // How often something stands there, or the character itself.
        text += /^\{\d+(,\d*)?\}/.test(characters.slice(at).join("")) ? "{" : "\\{";
        break;
      case "}":
        text += /\{\d+(,\d*)?$/.test(text) ? "}" : "\\}";
        break;
      case ".":
      case "$":
      case "]":
        text += `\\${character}`;
        break;
      default:
        text += character;
    }
  }
  return text;
}

/** Of what follows a `\\` builders take punctuation alone as itself: `\\d` is any digit, and `\\ä` a mistake. */
function refuseMeaning(character: string): void {
  if (/[a-z0-9]|[^\x20-\x7e]/i.test(character))
    throw new PatternError(`\\${character} is not just a ${character} for builders; leave out the \\`);
}

function quoted(character: string | undefined): string {
  if (character === undefined) throw new PatternError("a \\ at its end quotes nothing");
  refuseMeaning(character);
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

/** Where a class ends: the first `]` that isn't quoted and not its first member. */
function classEnd(characters: readonly string[], start: number): number {
  let at = start + 1;
  if (characters[at] === "^") at++;
  for (const first = at; at < characters.length; at++) {
    if (characters[at] === "]" && at > first) return at;
    if (characters[at] === "\\") at++;
  }
  throw new PatternError("a [ has no ] behind it");
}

/** `^a-z`, `\-x`: Go knows no other form. */
function translateClass(members: readonly string[]): string {
  if (members.join("").includes("[:")) throw new PatternError("[:...:] is read otherwise by each builder");
  const negated = members[0] === "^";
  let text = "";
  let rest = members.slice(negated ? 1 : 0);
  const take = (): string => {
    const [character = "", quoted = ""] = rest;
    if (character === "-" || character === "]" || character === "")
      throw new PatternError("a [...] has a - or ] too many");
    // Builders replace both, wherever they stand.
    if (character === "*" || character === "?")
      throw new PatternError(`a ${character} in [...] is more than a ${character} for builders; write \\${character}`);
    if (character === "\\") refuseMeaning(quoted);
    rest = rest.slice(character === "\\" ? 2 : 1);
    return character === "\\" ? quoted : character;
  };
  while (rest.length > 0) {
    const low = take();
    let high = low;
    if (rest[0] === "-") {
      rest = rest.slice(1);
      high = take();
    }
    if (low > high) throw new PatternError(`the range ${low}-${high} runs backwards`);
    text += `${member(low)}-${member(high)}`;
  }
  return `[${negated ? "^" : ""}${text}]`;
}

function member(character: string): string {
  return /[\\\][^-]/.test(character) ? `\\${character}` : character;
}
