/** What a word of a Containerfile stands for: quotes taken off, arguments put in. As builders do, which is less than a shell. */

/** A word that nobody can evaluate; the message is the problem alone. */
export class WordError extends Error {
  override readonly name = "WordError";
}

export interface WordOptions {
  /** The value of an argument; undefined if it has none. */
  readonly value: (name: string) => string | undefined;
  /** What an argument without a value stands for where it is used plainly; may throw. */
  readonly unset: (name: string) => string;
}

/** Quotes the next character, whatever the file's escape is: that only continues lines and cuts words, for podman. */
const ESCAPE = "\\";

/** Cut at spaces outside of quotes; quotes and escapes are left in. */
export function cutWords(text: string, escape: string): string[] {
  const words: string[] = [];
  let word = "";
  let quote = "";
  const end = (): void => {
    if (word !== "") words.push(word);
    word = "";
  };
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote === "" && /\s/.test(character)) {
      end();
    } else if (character === escape && quote !== "'") {
      // At the very end it is nothing.
      if (at + 1 < text.length) word += character + text.charAt(++at);
    } else {
      if (character === quote) quote = "";
      else if (quote === "" && /["']/.test(character)) quote = character;
      word += character;
    }
  }
  end();
  return words;
}

/**
 * `$NAME`, `${NAME}`, `${NAME:-otherwise}`, `${NAME:+if set}`, and the same without the colon. `${NAME:?message}` is
 * refused as podman 4.3 does, also where the argument is set or nothing comes of it.
 */
export function evaluateWord(word: string, options: WordOptions): string {
  return new Reader(word, options).until("");
}

class Reader {
  private at = 0;

  constructor(
    private readonly word: string,
    private readonly options: WordOptions,
  ) {}

  /** Reads up to a character, or to the end. */
  until(stop: string): string {
    let text = "";
    for (;;) {
      const character = this.word.charAt(this.at);
      if (character === "" && stop !== "") throw new WordError(`${this.word} lacks a ${stop}`);
      if (character === "" || character === stop) return text;
      this.at++;
      if (character === "'") text += this.verbatim();
      else if (character === '"') text += this.quoted();
      else if (character === "$") text += this.dollar();
      else if (character === ESCAPE) text += this.word.charAt(this.at++);
      else text += character;
    }
  }

  private verbatim(): string {
    const end = this.word.indexOf("'", this.at);
    if (end === -1) throw new WordError(`${this.word} lacks a '`);
    const text = this.word.slice(this.at, end);
    this.at = end + 1;
    return text;
  }

  /** Inside `"..."` the escape quotes only what else would mean something. */
  private quoted(): string {
    let text = "";
    for (;;) {
      const character = this.word.charAt(this.at++);
      if (character === "") throw new WordError(`${this.word} lacks a "`);
      if (character === '"') return text;
      const next = this.word.charAt(this.at);
      if (character === "$") text += this.dollar();
      else if (character === ESCAPE && ['"', "$", ESCAPE].includes(next)) {
        text += next;
        this.at++;
      } else text += character;
    }
  }

  private dollar(): string {
    const braced = this.word.charAt(this.at) === "{";
    if (braced) this.at++;
    const [name = ""] = /^(?:[A-Za-z_]\w*|\d)/.exec(this.word.slice(this.at)) ?? [];
    this.at += name.length;
    if (!braced) return name === "" ? "$" : this.plain(name);
    const [operator = ""] = /^(?::?[-+]|\})/.exec(this.word.slice(this.at)) ?? [];
    if (name === "" || operator === "")
      throw new WordError(`${this.word} has a \${...} that not every builder knows; write \${NAME} or \${NAME:-VALUE}`);
    this.at += operator.length;
    if (operator === "}") return this.plain(name);
    return this.choice(name, operator);
  }

  private choice(name: string, operator: string): string {
    const value = this.options.value(name);
    const isSet = value !== undefined && !(operator.startsWith(":") && value === "");
    const kind = operator.slice(-1);
    // What isn't chosen is read over: an argument that it lacks is no mistake.
    const takes = (kind === "+") === isSet;
    const rest = new Reader(this.word, takes ? this.options : { ...this.options, unset: () => "" });
    rest.at = this.at;
    const other = rest.until("}");
    this.at = rest.at + 1;
    return takes ? other : kind === "+" ? "" : (value ?? "");
  }

  private plain(name: string): string {
    return this.options.value(name) ?? this.options.unset(name);
  }
}
