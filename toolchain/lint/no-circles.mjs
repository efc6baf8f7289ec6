// An eslint rule: no file imports what leads back to it. Imports of types count too: import-x/no-cycle leaves those out.
import { readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import ts from "typescript";

const ENDINGS = ["", ".ts", ".mts", ".mjs", "/index.ts"];

const modifiedMs = (file) => {
  const info = statSync(file, { throwIfNoEntry: false });
  return info?.isFile() ? info.mtimeMs : undefined;
};

/** Files of ours that a text imports, and where in the text. */
function importsOf(file, text) {
  return ts.preProcessFile(text).importedFiles.flatMap(({ fileName, pos }) => {
    if (!fileName.startsWith(".")) return [];
    const path = join(dirname(file), fileName);
    const found = ENDINGS.map((ending) => path + ending).find((one) => modifiedMs(one) !== undefined);
    return found === undefined ? [] : [{ file: found, pos }];
  });
}

/** Reads imports of files on the disk, each file once for as long as it does not change. */
function reader() {
  const known = new Map();
  return (file) => {
    const modified = modifiedMs(file);
    if (modified === undefined) return [];
    const before = known.get(file);
    if (before?.modified === modified) return before.imports;
    const imports = importsOf(file, readFileSync(file, "utf8"));
    known.set(file, { modified, imports });
    return imports;
  };
}

/** The way from one file to another over imports; files in `seen` do not lead there. */
function way(from, to, read, seen) {
  if (from === to) return [to];
  if (seen.has(from)) return undefined;
  seen.add(from);
  for (const { file } of read(from)) {
    const rest = way(file, to, read, seen);
    if (rest !== undefined) return [from, ...rest];
  }
  return undefined;
}

const read = reader();

export default {
  meta: { type: "problem", schema: [] },
  create: (context) => ({
    Program() {
      const { filename, sourceCode, cwd } = context;
      const seen = new Set();
      for (const { file, pos } of importsOf(filename, sourceCode.text)) {
        const back = way(file, filename, read, seen);
        if (back === undefined) continue;
        const names = [filename, ...back].map((name) => relative(cwd, name)).join(" -> ");
        context.report({
          loc: sourceCode.getLocFromIndex(pos),
          message: `A circle of files: ${names}. Move what both need into a file below them.`,
        });
      }
    },
  }),
};
