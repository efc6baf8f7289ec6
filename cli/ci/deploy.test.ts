/** The steps of a deploy, with commands that write down how they were called. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { deploy } from "./deploy";
import { PROJECT } from "./places";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "deploy-"));
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "Pulumi.devel.yaml"), "config:\n  copr-builders:keepGenerations: 2\n");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ scripts: { preflight: "exit 1" } }));
  command("npm", `exit "$PREFLIGHT"`);
  command(
    "pulumi",
    `case "$*" in
*--config-file*) cat "$9" > settings ;;
esac
case "$1 $2 $3" in
"stack output images") echo '{"aws":{"x86_64":"ami-1"}}' ;;
*) exit "$UP" ;;
esac`,
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

function command(name: string, body: string): void {
  writeFileSync(join(folder, "bin", name), `#!/bin/sh\necho "${name} $*" >> calls\n${body}\n`, { mode: 0o755 });
}

async function run(codes: { preflight?: number; up?: number } = {}, targets: readonly string[] = []) {
  const env = {
    PATH: [join(folder, "bin"), process.env["PATH"]].join(delimiter),
    PREFLIGHT: String(codes.preflight ?? 0),
    UP: String(codes.up ?? 0),
    GITHUB_STEP_SUMMARY: join(folder, "summary"),
  };
  const code = await deploy({ stack: "devel", only: { architectures: [], targets }, project: folder, env });
  const read = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : "");
  return { code, calls: read("calls").trimEnd().split("\n"), summary: read("summary"), settings: read("settings") };
}

const PREFLIGHT = "npm run --silent preflight -- --stack devel";
const UP = `pulumi up --yes --non-interactive --stack devel --policy-pack ${PROJECT}/policies`;

describe("a deploy", () => {
  it("checks, brings up with the policies on, and puts out what is published", async () => {
    const { code, calls, summary } = await run();
    expect(code).toBe(0);
    expect(calls).toEqual([PREFLIGHT, UP, "pulumi stack output images --json --stack devel"]);
    expect(summary).toContain("✅ `devel`: deployed");
    expect(summary).toContain('{"aws":{"x86_64":"ami-1"}}');
  });

  it("starts nothing where the preflight finds something missing", async () => {
    const { code, calls } = await run({ preflight: 3 });
    expect(code).toBe(3);
    expect(calls).toEqual([PREFLIGHT]);
  });

  it("does without a preflight where there is none", async () => {
    writeFileSync(join(folder, "package.json"), "{}");
    const { calls } = await run();
    expect(calls[0]).toBe(UP);
  });

  it("passes pulumi's exit code on, and leaves no copy of the settings behind", async () => {
    const { code, calls, summary, settings } = await run({ up: 255 }, ["aws"]);
    expect(code).toBe(255);
    expect(parse(settings)).toMatchObject({ config: { "copr-builders:only": { targets: ["aws"] } } });
    const copy = /--config-file (\S+)$/.exec(calls.at(-1) ?? "")?.[1] ?? "";
    expect(copy).toContain("Pulumi.devel.yaml");
    expect(existsSync(copy)).toBe(false);
    expect(readFileSync(join(folder, "Pulumi.devel.yaml"), "utf8")).not.toContain("only");
    expect(summary).toContain("❌ `devel`: the deploy failed\n\nOnly: `aws`");
  });

  it.each([
    [
      "error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.\n  file:///s/x.json: created by ci@runner-7 (pid 4711) at 2026-11-28T09:00:00Z",
      "Another run is at work on devel (ci@runner-7, process 4711): nothing was changed here.",
    ],
    [
      "error: [409] Conflict: Another update is currently in progress.",
      "Another run is at work on devel: nothing was changed here.",
    ],
  ])("of a stack that another run has says to wait, not to end it", async (says, text) => {
    writeFileSync(join(folder, "says"), says);
    command("pulumi", `cat ${join(folder, "says")} >&2\nexit 255`);
    const { code, summary } = await run();
    expect(code).toBe(255);
    expect(summary).toContain(`❌ \`devel\`: the deploy failed\n\n${text} Start this again when that one has ended`);
  });
});
