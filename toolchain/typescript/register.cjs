// Lets node load TypeScript: `node --require .../register.cjs`. For whatever is started often: programs and providers.
// tsx, which tests and tools run with, also watches how every module of node_modules is found, and so triples the time that
// a program takes to start (docs/decisions/0010). Here only our own files pass through esbuild, once for each content.
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { basename, join } = require("node:path");
const { addHook } = require("pirates");
const sourceMaps = require("source-map-support");
require("./late.cjs");

const CACHE = join(__dirname, "..", "..", "node_modules", ".cache", "typescript");
const OPTIONS = {
  loader: "ts",
  format: "cjs",
  platform: "node",
  target: "node20",
  sourcemap: "inline",
  // The source is on the disk.
  sourcesContent: false,
  // `import()` of a package becomes `require`: what is loaded late is loaded as quickly as the rest.
  supported: { "dynamic-import": false },
};
const VERSION = JSON.stringify([require("esbuild/package.json").version, OPTIONS]);

/** By path. Nothing is held twice: it is what V8 runs. */
const known = new Map();
// node's own support reads the maps of all modules when they are loaded, those of node_modules too: a fifth of a start. These are
// read when an error is shown. The Pulumi SDK installs it in programs anyway.
sourceMaps.install({ environment: "node", retrieveFile: (path) => known.get(path) ?? null });
addHook(compile, { exts: [".ts"], ignoreNodeModules: true });

function compile(source, file) {
  const code = compiled(source, file);
  known.set(file, code);
  return code;
}

function compiled(source, file) {
  // Of the path only the name: a source map finds its source beside the file, wherever that lies.
  const sourcefile = basename(file);
  const name = createHash("sha256").update(`${VERSION}\0${sourcefile}\0${source}`).digest("hex");
  const cached = join(CACHE, `${name}.js`);
  try {
    return readFileSync(cached, "utf8");
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  const { code } = require("esbuild").transformSync(source, { ...OPTIONS, sourcefile });
  keep(cached, code);
  return code;
}

/** Whole or not at all: several processes start at once. A checkout that can't be written to is only slower. */
function keep(path, text) {
  try {
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(`${path}.${process.pid}`, text);
    renameSync(`${path}.${process.pid}`, path);
  } catch (error) {
    if (error.code !== "EACCES" && error.code !== "EROFS") throw error;
  }
}
