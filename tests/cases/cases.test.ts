/** The project's own cases, and the runner itself: it can fail, and passes nothing that it doesn't know. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { ADAPTERS } from "./adapters";
import { readCase } from "./case";
import { messageProblems } from "./messages";
import { caseFolders, runCase, table } from "./runner";

/** A process of its own, on a machine that is busy with other tests. */
const MINUTE_MS = 60_000;
const GIVEN = path.join(__dirname, "given");
const folder = mkdtempSync(path.join(tmpdir(), "cases-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A case in a folder that the runner has never seen. */
function planted(name: string, files: Readonly<Record<string, string>>): string {
  const made = path.join(folder, name);
  mkdirSync(made, { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(made, file), text);
  return made;
}

// Some make keys with ssh-keygen, dozens of them.
describe("the project's own cases", { timeout: MINUTE_MS }, () => {
  it.each(caseFolders(GIVEN).map((one) => [path.basename(one), one] as const))("%s", async (_, one) => {
    expect((await runCase(one)).problems).toEqual([]);
  });

  it("have one of each kind that there is an adapter for", () => {
    const kinds = caseFolders(GIVEN).map((one) => readCase(one)?.kind);
    expect([...new Set(kinds)].sort()).toEqual(Object.keys(ADAPTERS).sort());
  });
});

describe("the runner", () => {
  it("fails a case with a wrong expectation", async () => {
    const wrong = path.join(folder, "wrong");
    cpSync(path.join(GIVEN, "references-stage-by-number"), wrong, { recursive: true });
    writeFileSync(path.join(wrong, "expected.json"), '{"kind": "references", "references": ["quay.io/other:1"]}');
    expect((await runCase(wrong)).problems).toEqual([
      "wanted images: quay.io/other:1; came: registry.example.org/copr/base:44",
    ]);
  });

  it.each([
    ["bucket-names", "values.json", '"taken"', '"refused"'],
    ["ec2-limits", "values.json", '"refused"', '"taken"'],
    ["ssh-keys", "keys.json", '"refused"', '"taken"'],
    ["libvirt-uris", "uris.json", '"refused"', '"taken"'],
    ["libvirt-uris", "uris.json", '"-p"', '"-P"'],
  ])(
    "fails %s with another outcome (%s: %s is %s)",
    async (name, file, right, other) => {
      const wrong = path.join(folder, `wrong-${name}-${right.replaceAll('"', "")}`);
      cpSync(path.join(GIVEN, name), wrong, { recursive: true });
      cpSync(path.join(GIVEN, "settings.yaml"), path.join(folder, "settings.yaml"));
      const text = readFileSync(path.join(wrong, file), "utf8");
      writeFileSync(path.join(wrong, file), text.replace(right, other));
      const { problems } = await runCase(wrong);
      expect(problems.join("\n")).toMatch(/: wanted /);
      expect(problems.join("\n")).not.toMatch(/failed:/);
    },
    MINUTE_MS,
  );

  it("fails what it doesn't know: a kind, a field, a way to behave", async () => {
    const problems = async (files: Readonly<Record<string, string>>) => (await runCase(planted("odd", files))).problems;
    expect(await problems({ "expected.json": '{"kind": "tea"}' })).toEqual([
      "not supported: there is no adapter for the kind tea",
    ]);
    const field = { "expected.json": '{"kind": "references", "refrences": []}', Containerfile: "FROM quay.io/x:1\n" };
    expect((await problems(field)).join()).toMatch(/refrences/);
    rmSync(path.join(folder, "odd"), { recursive: true });
    expect((await problems({ "expected.md": "It behaves." })).join()).toMatch(/^not supported/);
  });

  it("runs each filling and each further run, which takes over no outcome of the first", async () => {
    const expected = {
      kind: "references",
      each: [{ TAG: "1" }, { TAG: "2" }],
      references: ["quay.io/x:TAG"],
      also: [{ buildArgs: { V: "3" }, refused: { line: 1, says: ["V"] } }],
    };
    const made = planted("each", { "expected.json": JSON.stringify(expected), Containerfile: "FROM quay.io/x:TAG\n" });
    expect((await runCase(made)).problems).toEqual(
      [2, 4].map((run) => `run ${run}: wanted a refusal with {"says":["V"],"line":1}, came ["quay.io/x:${run / 2}"]`),
    );
  });

  it(
    "prints a line for each case, and says with its exit status whether all pass",
    async () => {
      const results = [
        { name: "a", kind: "x", problems: [] },
        { name: "long", kind: "x", problems: ["wanted\n one", "two"] },
      ];
      expect(table(results)).toBe("a     passes\nlong  wanted one; two\n1 of 2 pass");
      const only = path.join(folder, "only");
      cpSync(path.join(GIVEN, "unused-stage"), path.join(only, "unused-stage"), { recursive: true });
      planted("only/wrong", { "expected.json": '{"kind": "tea"}' });
      const command = promisify(execFile)("node", ["--import", "tsx", path.join(__dirname, "main.ts"), only]);
      await expect(command).rejects.toMatchObject({
        code: 1,
        stdout:
          "unused-stage  passes\nwrong         not supported: there is no adapter for the kind tea\n1 of 2 pass\n",
      });
    },
    MINUTE_MS,
  );
});

it("a message has its line, its file and its path, not only such letters", () => {
  const text = "the settings have a mistake:\ndisk.config: config.toml: line 12: not closed";
  expect(messageProblems(text, { at: "disk", line: 12, file: "config.toml", says: ["NOT closed"] })).toEqual([]);
  expect(messageProblems(text, { at: "dis", line: 1, saysNot: ["Closed"] })).toHaveLength(3);
});
