/** The policy pack in the real engine: each rule stops a preview of what it is against, and lets pass what it asks for. */
import { cpSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeProject, type ScratchProject } from "../standins/testing/scratch-project";
import { PROGRAM } from "./testing/program";

const RULES = readdirSync(join(__dirname, "rules"))
  .filter((file) => !file.endsWith(".test.ts"))
  .map((file) => file.replace(/\.ts$/, ""));

/** What a stack may ask for beyond the rules as they are. */
const OPTIONS: Readonly<Record<string, object>> = {
  "costs-are-within-budget": { runUsd: 1 },
  "generations-are-few": { most: 1 },
  "images-are-shared-as-said": { accounts: ["123456789012"] },
  "machines-are-of-allowed-kinds": { types: ["c7i.xlarge"], places: ["us-east-1"], mostVolumeGib: 100 },
  "things-have-their-tags": { tags: ["CoprPurpose"] },
  "workers-start-from-known-owners": { owners: ["125523088429"] },
};

let project: ScratchProject;
beforeAll(async () => {
  project = makeProject("policies", PROGRAM);
  // As if it had been downloaded.
  const plugins = join(project.folder, "home", "plugins");
  const [aws = ""] = readdirSync(plugins).filter((name) => /^resource-aws-v[\d.]+$/.test(name));
  cpSync(join(plugins, aws), join(plugins, "resource-aws-v7.0.0"), { recursive: true });
  expect(await project.pulumi("stack", "init", "dev")).toMatchObject({ code: 0 });
});
afterAll(() => project.remove());

/** With these rules on, and no others. */
async function preview(kind: string, rules: readonly string[], enforcementLevel: "advisory" | "mandatory") {
  const config = join(project.folder, "policies.dev.json");
  const on = rules.map((rule) => [rule, { enforcementLevel, ...OPTIONS[rule] }] as const);
  writeFileSync(config, JSON.stringify({ all: "disabled", ...Object.fromEntries(on) }));
  const { code, output } = await project.pulumi(
    ...["preview", "--policy-pack", __dirname, "--policy-pack-config", config, "-c", `kind=${kind}`],
  );
  const found = Array.from(
    output.matchAll(/\[(\w+)\]\s+(\S+)\s+\((\S+): (\S+)\)\n.*\n\s*(.*)/g),
    ([, level, rule, , name, message]) => ({ level, rule, name, message }),
  );
  return { code, output, found };
}

describe("the rules in the engine", () => {
  it("let pass what keeps to all of them", async () => {
    const { code, output, found } = await preview("good", RULES, "mandatory");
    expect(found).toEqual([]);
    expect(code, output).toBe(0);
    expect(output).toContain("copr-builders@v0.1.0");
  });

  it("name what breaks them, and say what to write instead", async () => {
    const { code, output, found } = await preview("bad", RULES, "advisory");
    expect(code, output).toBe(0);
    expect(found.map(({ rule, name, message }) => `${rule} (${name}): ${message}`).sort()).toMatchSnapshot();
  });

  it.each(RULES)("%s stops a preview", async (rule) => {
    const kind = rule === "machines-have-no-credentials" ? "profile" : "bad";
    const { code, output, found } = await preview(kind, [rule], "mandatory");
    expect(code, output).not.toBe(0);
    expect(new Set(found.map((one) => `${one.level} ${one.rule}`))).toEqual(new Set([`mandatory ${rule}`]));
  });

  it("leave what the engine does not know yet to the update", async () => {
    const { code, output, found } = await preview("unknown", RULES, "mandatory");
    expect(found).toEqual([]);
    expect(code, output).toBe(0);
  });
});
