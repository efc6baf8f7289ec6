import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseOnly, withOnly, type Only } from "./only-settings";

const SETTINGS = `# Kept.
encryptionsalt: v1:abc=:v1:def
config:
  copr-builders:source: { context: images/x } # as it was
  copr-builders:keepGenerations: "2"
`;
const everything: Only = { architectures: [], targets: [] };

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "only-"));
  writeFileSync(join(project, "Pulumi.devel.yaml"), SETTINGS);
  chmodSync(join(project, "Pulumi.devel.yaml"), 0o444);
});
afterEach(() => {
  expect(readdirSync(project)).toEqual(["Pulumi.devel.yaml"]);
  expect(readFileSync(join(project, "Pulumi.devel.yaml"), "utf8")).toBe(SETTINGS);
  rmSync(project, { recursive: true });
});

/** What `use` is given: the copy's path, and what it is while it is there. */
async function copied(only: Partial<Only>, stack = "devel") {
  return withOnly({ project, stack, only: { ...everything, ...only } }, (args) => {
    const [flag, file = ""] = args;
    return Promise.resolve({ flag, file, text: readFileSync(file, "utf8"), mode: statSync(file).mode & 0o777 });
  });
}

describe("settings of one run", () => {
  it("are those of the stack, and what is wanted of them, in a copy that goes", async () => {
    const { flag, file, text, mode } = await copied({ architectures: ["x86_64", "s390x"], targets: ["aws"] });
    expect(flag).toBe("--config-file");
    expect(file).toMatch(/^\/.*\/Pulumi\.devel\.yaml$/);
    expect(dirname(file)).not.toBe(project);
    expect(mode).toBe(0o600);
    expect(text).toContain("# Kept.");
    const { config, ...rest } = parse(SETTINGS) as { config: Record<string, unknown> };
    const only = { architectures: ["x86_64", "s390x"], targets: ["aws"] };
    expect(parse(text)).toEqual({ ...rest, config: { ...config, "copr-builders:only": only } });
    expect(existsSync(dirname(file))).toBe(false);
  });

  it("narrow only what is named", async () => {
    const { text } = await copied({ targets: ["aws"] }, "organization/copr-builders/devel");
    expect(parse(text)).toMatchObject({ config: { "copr-builders:only": { targets: ["aws"] } } });
    expect(text).not.toContain("architectures");
  });

  it("hold names that are no YAML by themselves", async () => {
    const odd = ["a: b", "#c", "- d", "true", "7"];
    const { text } = await copied({ targets: odd });
    expect(parse(text)).toMatchObject({ config: { "copr-builders:only": { targets: odd } } });
  });

  it("leave every value as it is written: pulumi reads 022 as 18", async () => {
    const config =
      "config: { a: { umask: 022, account: 012345678901, long: 12345678901234567890, hex: 0x1f, none: ~ } }\n";
    writeFileSync(join(project, "Pulumi.odd.yaml"), config);
    const { text } = await copied({ targets: ["aws"] }, "odd");
    rmSync(join(project, "Pulumi.odd.yaml"));
    expect(text.replaceAll(/\s+/g, " ")).toContain(
      "umask: 022, account: 012345678901, long: 12345678901234567890, hex: 0x1f, none: ~",
    );
  });

  it("are the committed ones where nothing is narrowed", async () => {
    expect(await withOnly({ project, stack: "devel", only: everything }, (args) => Promise.resolve(args))).toEqual([]);
  });

  it("are gone too when the run fails", async () => {
    let copy = "";
    const run = withOnly({ project, stack: "devel", only: { ...everything, targets: ["aws"] } }, ([, file = ""]) => {
      copy = file;
      return Promise.reject(new Error("failed"));
    });
    await expect(run).rejects.toThrow("failed");
    expect(copy).not.toBe("");
    expect(existsSync(dirname(copy))).toBe(false);
  });

  it("need the file of the stack", async () => {
    await expect(copied({ targets: ["aws"] }, "prod")).rejects.toThrow(
      /^stack "prod" has no settings, .*\/Pulumi\.prod\.yaml; there are: devel$/,
    );
  });
});

it("names come in as many options as one likes, or in one", () => {
  expect(parseOnly(["x86_64", "aarch64, s390x"], [" aws\tosuosl "])).toEqual({
    architectures: ["x86_64", "aarch64", "s390x"],
    targets: ["aws", "osuosl"],
  });
  // An empty field of a form.
  expect(parseOnly([""], undefined)).toEqual(everything);
});
