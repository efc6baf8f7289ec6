/** Which files a build can see: the ignore file that decides, read as the builder on the worker reads it. */
import { UserError } from "../../contract/user-error";
import { readFile } from "node:fs/promises";
import * as path from "node:path";
import { ContainerfileError } from "./instructions";
import { compilePattern, PatternError } from "./ignore-pattern";

export interface IgnoreRules {
  /** The file that the rules are from. */
  readonly file?: string;
  ignores(file: string): boolean;
  /** True if nothing inside an ignored folder can be seen again, so that the folder need not be looked into. */
  readonly prunes: boolean;
}

/** What git keeps for itself differs from clone to clone, and may hold a token. */
const GIT = { again: false, matches: (file: string): boolean => /^(.*\/)?\.git(\/|$)/.test(file) };

/**
 * The first of these files decides alone, as with podman: beside the Containerfile, under its name; then at the top.
 * `.git` is out, wherever it is, unless the file says `!.git` or the like.
 */
export async function readIgnoreRules(folder: string, containerfile = "Containerfile"): Promise<IgnoreRules> {
  const beside = path.posix.normalize(containerfile);
  for (const file of [`${beside}.dockerignore`, `${beside}.containerignore`, ".containerignore", ".dockerignore"]) {
    const text = await readIfThere(path.join(folder, file));
    if (text !== undefined) return { file, ...parseIgnoreRules(text, file) };
  }
  return parseIgnoreRules("");
}

/**
 * The patterns look like git's but mean other things: each is anchored at the top of the folder, the last one that matches
 * a file or a folder above it decides, and so a file can be seen again inside an ignored folder.
 * @throws ContainerfileError for a line that the builder refuses
 */
export function parseIgnoreRules(text: string, file = ".containerignore"): Omit<IgnoreRules, "file"> {
  const rules = [GIT];
  text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .forEach((written, index) => {
      const line = written.trim();
      if (line === "" || line.startsWith("#")) return;
      const again = line.startsWith("!");
      const pattern = path.posix.normalize(again ? line.slice(1).trim() : line).replace(/^\/+|\/+$/g, "");
      try {
        if (again && /^!\/*\s*$/.test(line)) throw new PatternError('"!" names no file');
        if (pattern !== "" && pattern !== ".") rules.push({ again, matches: compilePattern(pattern) });
      } catch (cause) {
        if (!(cause instanceof PatternError)) throw cause;
        throw new ContainerfileError(
          `${file}: line ${index + 1}: ${line}: ${cause.message}; mend the pattern, or remove the line`,
          { cause },
        );
      }
    });
  return {
    ignores: (file) => rules.reduce((ignored, { again, matches }) => (matches(file) ? !again : ignored), false),
    prunes: !rules.some(({ again }) => again),
  };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new UserError(`${file} can't be read; make it readable, or remove it`, { cause: error });
  }
}
