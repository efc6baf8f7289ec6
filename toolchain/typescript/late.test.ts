import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const REPOSITORY = join(__dirname, "..", "..");

/** What a program prints, as JSON. */
function program(text: string): unknown {
  const loaded = `
    const { sep } = require("node:path");
    const loaded = (name) => Object.keys(require.cache).some((file) => file.includes(["node_modules", name, ""].join(sep)));
    const print = (value) => console.log(JSON.stringify(value));`;
  const args = ["--no-warnings", "--require", join(__dirname, "register.cjs"), "-e", `${loaded}\n${text}`];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: REPOSITORY, encoding: "utf8" }));
}

test("a program starts without the SDK's compiler and npm's library", () => {
  const found = program(`
    const { Config } = require("@pulumi/pulumi");
    print([typeof Config, loaded("typescript"), loaded("@npmcli/arborist")]);`);
  expect(found).toEqual(["function", false, false]);
});

test("who uses them has them", () => {
  const found = program(`
    const { runtime } = require("@pulumi/pulumi");
    const { serializeFunction, computeCodePaths } = runtime;
    const bound = 41;
    Promise.all([serializeFunction(() => bound + 1), computeCodePaths()]).then(([{ text }, paths]) => {
      const module = {};
      new Function("exports", text)(module);
      print([module.handler(), paths.size > 0, loaded("typescript"), loaded("@npmcli/arborist")]);
    });`);
  expect(found).toEqual([42, true, true, true]);
});

test("what others than the SDK load is the module itself", () => {
  expect(program(`print(require("typescript") === require.cache[require.resolve("typescript")]?.exports);`)).toBe(true);
});
