/** Which files a build can see: `.containerignore` or `.dockerignore`, read as container tools read them. */
import { readFile } from "node:fs/promises";
import * as path from "node:path";
import ignore from "ignore";

export interface IgnoreRules {
  /** The file that the rules are from. */
  readonly file?: string;
  ignores(file: string): boolean;
  /** True if nothing inside an ignored folder can be seen again, so that the folder need not be looked into. */
  readonly prunes: boolean;
}

const FILES = [".containerignore", ".dockerignore"] as const;

/** The first of the two files that is there decides, as with podman. */
export async function readIgnoreRules(folder: string): Promise<IgnoreRules> {
  for (const file of FILES) {
    const text = await readIfThere(path.join(folder, file));
    if (text !== undefined) return { file, ...parseIgnoreRules(text) };
  }
  return { ignores: () => false, prunes: true };
}

/**
 * The patterns look like git's but mean other things: each is anchored at the top of the folder, the last one that matches
 * a file or a folder above it decides, and so a file can be seen again inside an ignored folder. The library knows git's
 * meaning, so each line is its own matcher, anchored, and the order is ours.
 */
export function parseIgnoreRules(text: string): Omit<IgnoreRules, "file"> {
  const rules = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const again = line.startsWith("!");
      const pattern = path.posix.normalize(again ? line.slice(1).trim() : line).replace(/^\/+|\/+$/g, "");
      return { again, pattern };
    })
    .filter(({ pattern }) => pattern !== "" && pattern !== ".")
    .map(({ again, pattern }) => ({ again, matcher: ignore({ ignorecase: false }).add(`/${pattern}`) }));
  return {
    ignores: (file) => rules.reduce((ignored, { again, matcher }) => (matcher.ignores(file) ? !again : ignored), false),
    prunes: !rules.some(({ again }) => again),
  };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`${file} can't be read; make it readable, or remove it`, { cause: error });
  }
}
