import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const REPOSITORY = join(__dirname, "..", "..");
let folder: string;

/** A checkout of its own, so that its cache is its own too. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "load-typescript-"));
  mkdirSync(join(folder, "toolchain", "typescript"), { recursive: true });
  for (const file of ["register.cjs", "late.cjs"])
    cpSync(join(__dirname, file), join(folder, "toolchain", "typescript", file));
  mkdirSync(join(folder, "node_modules"));
  for (const name of ["esbuild", "@esbuild", "pirates", "source-map-support", "source-map", "buffer-from"])
    symlinkSync(join(REPOSITORY, "node_modules", name), join(folder, "node_modules", name));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function node(file: string, text: string): Promise<{ code: number; out: string; err: string }> {
  writeFileSync(join(folder, file), text);
  const args = ["--require", join(folder, "toolchain/typescript/register.cjs"), join(folder, file)];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: 15_000 }, (error, out, err) =>
      resolve({ code: error === null ? 0 : 1, out, err }),
    );
  });
}

const cached = () => readdirSync(join(folder, "node_modules/.cache/typescript"));

test("TypeScript runs as it is, from its own folder, and is compiled once for each content", async () => {
  writeFileSync(join(folder, "part.ts"), "export const where: string = __dirname;\nexport type T = 1;\n");
  const main = 'import { where, type T } from "./part";\nconst one: T = 1;\nconsole.log(where, one);\n';
  expect(await node("main.ts", main)).toMatchObject({ code: 0, out: `${folder} 1\n` });
  const first = cached();
  expect(first).toHaveLength(2);
  await node("main.ts", main);
  expect(cached()).toEqual(first);
  expect((await node("main.ts", main.replace("one);", "one + 1);"))).out).toBe(`${folder} 2\n`);
  expect(cached()).toHaveLength(3);
});

test("the same file in two folders is compiled once, and an error in each names its own", async () => {
  const main = "interface A {\n  a: 1;\n}\nthrow new Error(__dirname satisfies string);\n";
  for (const place of ["one", "two"]) {
    mkdirSync(join(folder, place));
    const { err } = await node(`${place}/main.ts`, main);
    expect(err).toContain(`${join(folder, place, "main.ts")}:4:7`);
  }
  expect(cached()).toHaveLength(1);
});

test("an error names the line of the source", async () => {
  const { code, err } = await node(
    "main.ts",
    "interface A {\n  a: 1;\n}\n\nconst a: A | undefined = undefined;\nthrow new Error(String(a));\n",
  );
  expect(code).toBe(1);
  expect(err).toContain("main.ts:6:7");
});

test("an error names the line of the source in a program too, where the Pulumi SDK installs its own way to find it", async () => {
  const text =
    'require("source-map-support/register");\ninterface A {\n  a: 1;\n}\nthrow new Error("gone" satisfies string);\n';
  expect((await node("main.ts", text)).err).toContain("main.ts:5:7");
});

test("of what is in node_modules no map is read as long as there is no error", async () => {
  const module = join(folder, "node_modules", "mapped");
  mkdirSync(module);
  writeFileSync(join(module, "index.js"), "module.exports = 1;\n//# sourceMappingURL=index.js.map\n");
  // Whoever opens it waits.
  execFileSync("mkfifo", [join(module, "index.js.map")]);
  expect(await node("main.ts", 'console.log(require("mapped"));\n')).toMatchObject({ code: 0, out: "1\n" });
});

test("what is no TypeScript is refused with its place", async () => {
  const { code, err } = await node("main.ts", "const = 1;\n");
  expect(code).toBe(1);
  expect(err).toMatch(/main\.ts:1:6: ERROR/);
});
