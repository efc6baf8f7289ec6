/** Ignore files as nobody writes them, but could, and a folder for them. */
import { Chance } from "./chance";

export interface GeneratedIgnore {
  /** `.containerignore`, or another that podman reads. */
  readonly name: string;
  readonly text: string;
  /** Paths of files, without the ignore file and the Containerfile. */
  readonly files: readonly string[];
}

const NAMES = [
  "a",
  "b",
  "ab",
  "aab",
  "a.md",
  "b.go",
  "README.md",
  "a-b",
  "x y",
  "ä",
  "[a]",
  "a+b",
  "(b)",
  "*",
  "a{1}",
  "$a",
  "^b",
] as const;
const FOLDERS = ["a", "b", "src", "a.d", "deep", ".x"] as const;
const IGNORE_FILES = [
  ".containerignore",
  ".dockerignore",
  "Containerfile.dockerignore",
  "Containerfile.containerignore",
] as const;

export function generateIgnoreFile(seed: number): GeneratedIgnore {
  const chance = new Chance(seed);
  const files = new Set(chance.times(chance.between(6, 14), () => path(chance)));
  // What is a folder is not a file as well.
  const kept = [...files].filter((file) => ![...files].some((other) => other.startsWith(`${file}/`)));
  const lines = chance.times(chance.between(1, 6), () => line(chance, kept));
  return {
    name: chance.of(IGNORE_FILES),
    text: `${chance.happens(0.05) ? "\uFEFF" : ""}${lines.join(chance.happens(0.15) ? "\r\n" : "\n")}${chance.happens(0.8) ? "\n" : ""}`,
    files: kept,
  };
}

const path = (chance: Chance): string =>
  [...chance.times(chance.between(0, 3), () => chance.of(FOLDERS)), chance.of(NAMES)].join("/");

function line(chance: Chance, files: readonly string[]): string {
  if (chance.happens(0.08)) return chance.of(["", "  ", "# a", "  # a", "#"]);
  const again = chance.happens(0.3) ? chance.of(["!", "!", "! "]) : "";
  const before = chance.of(["", "", "", "", "/", "./", "**/", "  ", "a/../", "//"]);
  const after = chance.of(["", "", "", "", "/", "/**", "/*", "  ", "\t", "/."]);
  return `${again}${before}${pattern(chance, files)}${after}`;
}

function pattern(chance: Chance, files: readonly string[]): string {
  return chance.do([
    () => chance.of([files[0] ?? "a", ...files]),
    () => folderOf(chance.of([files[0] ?? "a", ...files])),
    () => changed(chance, chance.of([files[0] ?? "a", ...files])),
    () => changed(chance, chance.of([files[0] ?? "a", ...files])),
    () => chance.times(chance.between(1, 3), () => piece(chance)).join("/"),
    () => chance.times(chance.between(1, 3), () => piece(chance)).join(""),
    () =>
      chance.of([
        "*",
        "**",
        ".",
        "!",
        "..",
        "../a",
        "***",
        "a**",
        "**b",
        "[",
        "a[",
        "[]a]",
        "[^]",
        "a\\",
        "\\a",
        "a-[z-a]",
        "-",
        "()",
        "a|b",
        "b+",
      ]),
  ]);
}

const folderOf = (file: string): string => file.split("/").slice(0, -1).join("/") || file;

const piece = (chance: Chance): string =>
  chance.of([
    ...NAMES,
    ...FOLDERS,
    "*",
    "?",
    "**",
    "[a-c]",
    "[^a]",
    "[!a]",
    "[a\\]]",
    "\\*",
    "\\[",
    "*.md",
    "a*",
    "?b",
    "[ab]*",
    "{a,b}",
    "a?",
  ]);

/** One character of a path stands for others. */
function changed(chance: Chance, file: string): string {
  const at = chance.between(0, file.length - 1);
  const instead = chance.of(["?", "*", "**", "[a-z]", "[^x]", "", `\\${file.charAt(at)}`, `[${file.charAt(at)}]`]);
  return `${file.slice(0, at)}${instead}${file.slice(at + 1)}`;
}
