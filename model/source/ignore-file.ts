/** Which files a build can see: the ignore file that decides, read as the builder on the worker reads it. */
import { UserError } from "../../contract/user-error";
import { readFile } from "node:fs/promises";
import * as path from "node:path";
import { ContainerfileError } from "./instructions";
import { compilePattern, PatternError } from "./ignore-pattern";

export interface IgnoreRules {
  /** The file that the rules are from, absolute. */
  readonly file?: string;
  ignores(file: string): boolean;
  /**
   * Is all that is inside this ignored folder left out with it? So it is, as for podman, unless a pattern with `!` begins with its very
   * name: `!**` and `![a]/b` bring nothing back from inside it.
   */
  prunes(folder: string): boolean;
}

interface Rule {
  /** With `!`: what fits is seen again. */
  readonly again: boolean;
  readonly pattern: string;
  readonly matches: (file: string) => boolean;
}

/** What git keeps for itself differs from clone to clone, and may hold a token. */
const GIT: Rule = {
  again: false,
  pattern: ".git",
  matches: (file: string): boolean => /^(.*\/)?\.git(\/|$)/.test(file),
};

/**
 * The first of these files decides alone, as with podman: beside the Containerfile, under its name; then at the top.
 * `.git` is out, wherever it is, unless the file says `!.git` or the like.
 * @param containerfile absolute. @default none: a folder with a name of its own
 */
export async function readIgnoreRules(folder: string, containerfile?: string): Promise<IgnoreRules> {
  const beside =
    containerfile === undefined ? [] : [`${containerfile}.dockerignore`, `${containerfile}.containerignore`];
  const inside = [".containerignore", ".dockerignore"].map((name) => path.resolve(folder, name));
  for (const file of [...beside, ...inside]) {
    const text = await readIfThere(file);
    if (text !== undefined) return { file, ...parseIgnoreRules(text, path.relative(folder, file)) };
  }
  return parseIgnoreRules("");
}

/**
 * The patterns look like git's but mean other things: each is anchored at the top of the folder, the last one that matches
 * a file or a folder above it decides. A file can be seen again inside an ignored folder where the folder is not pruned.
 * @throws ContainerfileError for a line that the builder refuses
 */
export function parseIgnoreRules(text: string, file = ".containerignore"): Omit<IgnoreRules, "file"> {
  const rules: Rule[] = [];
  text.split("\n").forEach((written, index) => {
    const refuse = (problem: string, cause?: unknown): never => {
      const line = written.trim();
      throw new ContainerfileError(
        `${file}: line ${index + 1}: ${line}: ${problem}; mend the pattern, or remove the line`,
        {
          cause,
        },
      );
    };
    // A `#` behind a space is a name.
    if (written.startsWith("#") || /^\uFEFF(#.*|\s*)$/.test(written)) return;
    // podman takes it for a letter of the name.
    if (written.startsWith("\uFEFF")) refuse("begins with a byte order mark; save the file without it");
    // Slashes first: behind a space one stays, and then the pattern fits nothing.
    const line = written.replace(/^\/+|\/+$/g, "").trim();
    if (line === "") return;
    // Cleaned with its "!": `!a/../b` is `b`.
    const cleaned = clean(line);
    if (cleaned === "!") refuse('"!" names no file');
    const again = cleaned.startsWith("!");
    const pattern = again ? clean(cleaned.slice(1)).replace(/^\//, "") : cleaned;
    try {
      if (pattern !== "" && pattern !== ".") rules.push({ again, pattern, matches: compilePattern(pattern) });
    } catch (cause) {
      if (!(cause instanceof PatternError)) throw cause;
      refuse(cause.message, cause);
    }
  });
  const verdict = (applied: readonly Rule[], name: string): boolean =>
    applied.reduce((ignored, { again, matches }) => (matches(name) ? !again : ignored), false);
  const seenAgain = rules.filter(({ again }) => again).map(({ pattern }) => `${pattern.replace(/^\/+|\/+$/g, "")}/`);
  return {
    ignores: (name) => verdict([GIT, ...rules], name),
    // podman knows nothing of the rule about .git.
    prunes: (folder) =>
      seenAgain.length === 0 || (verdict(rules, folder) && !seenAgain.some((pattern) => pattern.startsWith(folder))),
  };
}

/** As Go's filepath.Clean: without a slash at its end. */
const clean = (pattern: string): string => path.posix.normalize(pattern).replace(/(?<=.)\/$/, "");

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new UserError(`${file} can't be read; make it readable, or remove it`, { cause: error });
  }
}
