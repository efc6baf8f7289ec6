/** Proves each rule of eslint.config.mjs on a snippet that breaks it, and on one that doesn't. */
import { ESLint, type Linter } from "eslint";
import tseslint from "typescript-eslint";
import { describe, expect, it } from "vitest";

const ROOT = __dirname;
const eslint = new ESLint({ cwd: ROOT });
/** For files that do not exist, which no TypeScript project knows: rules that look at types are off. */
const withoutTypes = new ESLint({
  cwd: ROOT,
  overrideConfig: [
    { files: ["**/*.ts"], languageOptions: { parserOptions: { projectService: false, project: null } } },
    { files: ["**/*.ts"], rules: typedRulesOff() },
  ],
});

function typedRulesOff(): Linter.RulesRecord {
  const { rules = {} } = tseslint.configs.disableTypeChecked;
  return Object.fromEntries(Object.keys(rules).map((name) => [name, "off"]));
}

async function rulesBroken(filePath: string, code: string, linter = withoutTypes): Promise<string[]> {
  const [result] = await linter.lintText(code, { filePath: `${ROOT}/${filePath}` });
  const found = (result?.messages ?? []).map((message) => message.ruleId ?? message.message);
  return found.filter((rule) => rule !== "@typescript-eslint/no-unused-vars");
}

const PATHS = "import-x/no-restricted-paths";
const MODULES = "no-restricted-imports";
const SYNTAX = "no-restricted-syntax";

describe("who may import whom", () => {
  it.each([
    ["components/x.ts", "../stacks/worker/spec"],
    ["components/x.ts", "../provider/process"],
    ["infra/libvirt/x.ts", "../../components/jobs"],
    ["infra/libvirt/x.ts", "../../stacks/worker/spec"],
    ["infra/libvirt/x.ts", "../../provider/process"],
    ["infra/libvirt/x.ts", "../../infra/libvirt/provider/image/handler"],
    ["infra/libvirt/x.ts", "../aws/region-provider"],
    ["infra/x.ts", "./aws/tags"],
    ["components/x.ts", "../infra/aws"],
    ["model/plan/x.ts", "../../infra/libvirt/settings"],
    ["stacks/images/x.ts", "../../infra/aws/provider"],
    ["provider/x.ts", "../infra/aws/provider/clients"],
    ["provider/x.ts", "../plugin/resources"],
    ["components/x.ts", "../cli/enter"],
    ["stacks/worker/x.ts", "../../provider/process"],
    ["stacks/worker/x.ts", "../../provider-kit/cancel"],
    ["provider/x.ts", "../infra/words"],
    ["provider/x.ts", "../components/jobs"],
    ["provider/x.ts", "../stacks/worker/spec"],
  ])("%s must not import %s", async (file, module) => {
    expect(await rulesBroken(file, `import { a } from "${module}";\na();\n`)).toEqual([PATHS]);
    expect(await rulesBroken(file, `import type { A } from "${module}";\nexport type B = A;\n`)).toEqual([PATHS]);
  });

  it.each([
    ["stacks/images/x.ts", "../../components/jobs"],
    ["stacks/images/x.ts", "../../infra/words"],
    ["components/x.ts", "../infra/words"],
    ["components/x.ts", "../provider"],
    ["components/x.ts", "../provider/store"],
    ["infra/libvirt/x.ts", "../../infra/libvirt/provider/image/pool"],
    ["infra/libvirt/x.ts", "../../provider"],
    ["infra/libvirt/x.ts", "../words"],
    ["infra/platforms.ts", "./aws"],
    ["infra/aws/provider/x.ts", "../../../provider/process"],
    ["plugin/x.ts", "../infra/specs"],
    ["provider/artifact/x.ts", "../process"],
    ["tests/e2e/x.ts", "../../stacks/worker/spec"],
  ])("%s may import %s", async (file, module) => {
    expect(await rulesBroken(file, `import { a } from "${module}";\na();\n`)).toEqual([]);
  });
});

describe("what runs on a worker", () => {
  it.each([
    ["contract/x.ts", "../agent/main"],
    ["contract/x.ts", "../ebs"],
    ["contract/x.ts", "../provider/inputs"],
    ["contract/schemas/x.ts", "../../model/source"],
    ["ebs/x.ts", "../agent/main"],
    ["ebs/x.ts", "../infra/words"],
    ["ebs/x.ts", "../contract/schemas/parse"],
    ["agent/x.ts", "../infra/words"],
    ["agent/life/x.ts", "../../components/jobs"],
    ["agent/job/x.ts", "../../provider/store"],
    ["agent/x.test.ts", "../tests/main"],
    ["agent/job/x.ts", "../../contract/schemas/parse"],
    ["agent/steps/x.ts", "../../ebs/writer"],
    ["agent/machine/x.ts", "../job/step-error"],
    ["agent/machine/x.ts", "../steps/pack"],
    ["agent/machine/x.ts", "../life/run"],
    ["agent/job/x.ts", "../steps/pack"],
    ["agent/job/x.ts", "../life/run"],
    ["agent/steps/x.ts", "../life/run"],
    ["agent/steps/x.ts", "../bundle"],
    ["agent/life/x.ts", "../main"],
    ["components/x.ts", "../agent/job/job"],
    ["infra/aws/x.ts", "../../agent/life/run"],
    ["stacks/worker/x.ts", "../../agent/life/run"],
    ["provider/x.ts", "../agent/bundle"],
    ["cli/x.ts", "../agent/main"],
    ["standins/world/x.ts", "../../agent/machine/clock"],
    ["provider/x.ts", "../ebs"],
    ["components/x.ts", "../ebs"],
    ["infra/x.ts", "../ebs"],
    ["infra/libvirt/x.ts", "../../ebs"],
    ["infra/aws/provider/x.ts", "../../../ebs/writer"],
  ])("%s must not import %s", async (file, module) => {
    expect(await rulesBroken(file, `import { a } from "${module}";\na();\n`)).toContain(PATHS);
    expect(await rulesBroken(file, `import type { A } from "${module}";\nexport type B = A;\n`)).toContain(PATHS);
  });

  it.each([
    ["contract/x.ts", "./agent-spec"],
    ["contract/schemas/x.ts", "../commit-record"],
    ["contract/schemas/x.ts", "zod"],
    ["ebs/x.ts", "../contract/blocks"],
    ["agent/main.ts", "./life/cli"],
    ["agent/life/x.ts", "../steps/pack"],
    ["agent/life/x.ts", "../machine/clock"],
    ["agent/steps/x.ts", "../job/job"],
    ["agent/steps/x.ts", "../../ebs"],
    ["agent/job/x.ts", "../machine/clock"],
    ["agent/machine/x.test.ts", "../testing/fixtures"],
    ["agent/x.test.ts", "../ebs/testing/service"],
    ["agent/x.test.ts", "vitest"],
    ["stacks/worker/x.ts", "../../agent/bundle"],
    ["standins/world/x.ts", "../../agent/testing/least-disk"],
    ["components/x.ts", "../contract/agent-spec"],
    ["provider/x.ts", "../contract/schemas/commit-record"],
    ["infra/aws/provider/x.ts", "../../../ebs"],
    ["tests/x.ts", "../agent/life/run"],
    ["bench/x.ts", "../ebs"],
  ])("%s may import %s", async (file, module) => {
    expect(await rulesBroken(file, `import { a } from "${module}";\na();\n`)).toEqual([]);
  });
});

describe("circles of files", () => {
  const CIRCLES = "house/no-circles";
  // The files exist; what the snippet imports leads back to its file.
  it.each([
    ["agent/life/failure.ts", 'import { runJob } from "./run";\nvoid runJob;\n'],
    ["agent/life/failure.ts", 'import type { A } from "./run";\nexport type B = A;\n'],
    ["agent/life/failure.ts", 'export { runJob } from "./run";\n'],
    ["agent/life/failure.ts", 'export type A = import("./run").A;\n'],
    ["agent/life/failure.ts", 'export const a = () => import("./run");\n'],
    ["agent/steps/send.ts", 'import type { A } from "./commit";\nexport type B = A;\n'],
    ["model/plan/plan.ts", 'import type { A } from ".";\nexport type B = A;\n'],
  ])("none through %s: %s", async (file, code) => {
    expect(await rulesBroken(file, code)).toContain(CIRCLES);
  });

  it("names the way round", async () => {
    const [result] = await withoutTypes.lintText('import { commit } from "./commit";\nvoid commit;\n', {
      filePath: `${ROOT}/agent/steps/send.ts`,
    });
    expect(result?.messages).toMatchObject([
      {
        ruleId: CIRCLES,
        line: 1,
        message: expect.stringContaining("agent/steps/send.ts -> agent/steps/commit.ts -> agent/steps/send.ts."),
      },
    ]);
  });

  it("is no matter for two files that a third one imports", async () => {
    expect(
      await rulesBroken("agent/life/failure.ts", 'import { takeOver } from "./take-over";\nvoid takeOver;\n'),
    ).toEqual([]);
  });
});

describe("which modules may be imported where", () => {
  it.each([
    ["components/x.ts", "@pulumi/aws"],
    ["components/x.ts", "@aws-sdk/client-s3"],
    ["stacks/images/x.ts", "@pulumi/libvirt"],
    ["infra/libvirt/x.ts", "@aws-sdk/client-ec2"],
    ["infra/aws/x.ts", "ibm-cos-sdk"],
    ["infra/ibm/x.ts", "@pulumi/libvirt"],
    ["provider/x.ts", "@aws-sdk/client-s3"],
    ["infra/libvirt/provider/image/x.ts", "@aws-sdk/client-s3"],
    ["infra/aws/provider/x.ts", "@ibm-cloud/platform-services"],
    ["agent/x.ts", "zod"],
    ["ebs/x.ts", "zod"],
    ["contract/x.ts", "zod"],
    ["agent/x.ts", "fs"],
    ["agent/x.ts", "@pulumi/pulumi"],
    ["agent/x.ts", "esbuild"],
  ])("%s must not import %s", async (file, module) => {
    expect(await rulesBroken(file, `import { a } from "${module}";\na();\n`)).toEqual([MODULES]);
  });

  it.each([
    ["infra/aws/x.ts", "@pulumi/aws"],
    ["infra/ibm/x.ts", "ibm-cloud-sdk-core"],
    ["infra/libvirt/x.ts", "@pulumi/libvirt"],
    ["provider/object-store.ts", "@aws-sdk/client-s3"],
    ["infra/aws/provider/ebs-snapshot.ts", "@aws-sdk/client-ebs"],
    ["infra/ibm/provider/image/handler.ts", "ibm-cos-sdk"],
    ["provider/x.ts", "@pulumi/pulumi"],
    ["cli/local/x.ts", "@aws-sdk/client-s3"],
    ["agent/x.ts", "node:fs"],
    ["agent/bundle.ts", "esbuild"],
    ["agent/x.test.ts", "vitest"],
  ])("%s may import %s", async (file, module) => {
    expect(await rulesBroken(file, `import { a } from "${module}";\na();\n`)).toEqual([]);
  });
});

describe("what a platform is called", () => {
  const SWITCH =
    'export const a = (p: { platform: string }) => { switch (p.platform) { case "aws": return 1; default: return 2; } };\n';
  const BARE =
    'export const a = (platform: string) => { switch (platform) { case "libvirt": return 1; default: return 2; } };\n';
  const COMPARED = 'export const a = (p: { platform: string }) => p.platform === "ssh";\n';
  const TURNED = 'export const a = (p: { platform: string }) => "ssh" !== p.platform;\n';

  it.each([
    "stacks/images/x.ts",
    "components/x.ts",
    "model/plan/x.ts",
    "infra/x.ts",
    "provider/x.ts",
    "cli/report/x.ts",
  ])("is no matter for %s", async (file) => {
    for (const code of [SWITCH, BARE, COMPARED, TURNED]) expect(await rulesBroken(file, code)).toEqual([SYNTAX]);
  });

  it("is one for its own room and for tests; and any other thing may be told apart", async () => {
    expect(await rulesBroken("infra/aws/x.ts", SWITCH)).toEqual([]);
    expect(await rulesBroken("components/x.test.ts", COMPARED)).toEqual([]);
    const same = "export const a = (p: { platform: string }, q: { platform: string }) => p.platform === q.platform;\n";
    expect(await rulesBroken("components/x.ts", same)).toEqual([]);
    expect(
      await rulesBroken("components/x.ts", SWITCH.replace('"aws"', '"context"').replaceAll("platform", "kind")),
    ).toEqual([]);
  });
});

describe("where settings are read", () => {
  const ENV = 'export const a = process.env["A"];\n';
  const CONFIG = 'import * as pulumi from "@pulumi/pulumi";\nexport const a = new pulumi.Config();\n';
  const CONFIG_BY_NAME = 'import { Config } from "@pulumi/pulumi";\nexport const a = new Config();\n';

  it.each(["stacks/images/x.ts", "components/x.ts", "infra/libvirt/x.ts"])("not in %s", async (file) => {
    expect(await rulesBroken(file, ENV)).toEqual([SYNTAX]);
    expect(await rulesBroken(file, CONFIG)).toEqual([SYNTAX]);
    expect(await rulesBroken(file, CONFIG_BY_NAME)).toEqual([SYNTAX]);
    expect(await rulesBroken(file, 'import { env } from "node:process";\nexport const a = env;\n')).toEqual([MODULES]);
  });

  it.each(["model/settings/x.ts", "stacks/worker/settings.ts", "cli/x.ts", "tests/e2e/x.ts"])("in %s", async (file) => {
    expect(await rulesBroken(file, ENV)).toEqual([]);
    expect(await rulesBroken(file, CONFIG)).toEqual([]);
  });

  it("lets the provider and tests see the environment, and commands inherit it", async () => {
    expect(await rulesBroken("provider/x.ts", ENV)).toEqual([]);
    expect(await rulesBroken("provider/x.ts", CONFIG)).toEqual([SYNTAX]);
    expect(await rulesBroken("agent/x.ts", ENV)).toEqual([SYNTAX]);
    expect(await rulesBroken("infra/x.test.ts", ENV)).toEqual([]);
    expect(await rulesBroken("infra/x.ts", 'export const a = { ...process.env, LC_ALL: "C" };\n')).toEqual([]);
  });
});

describe("rules that look at types", { timeout: 60_000 }, () => {
  // A file that exists, so that the TypeScript project knows it; its content is the snippet's.
  const FILE = "infra/words.ts";
  const typed = (code: string, file = FILE) => rulesBroken(file, code, eslint);

  it("wants promises awaited", async () => {
    const code = "async function a(): Promise<void> {\n  await Promise.resolve();\n}\n";
    expect(await typed(`${code}a();\n`)).toEqual(["@typescript-eslint/no-floating-promises"]);
    expect(await typed(`${code}void a();\n`)).toEqual([]);
  });

  it("wants switches over unions to be exhaustive", async () => {
    const code = (rest: string) =>
      `export function a(b: "x" | "y"): number {\n  switch (b) {\n    case "x":\n      return 1;\n${rest}  }\n}\n`;
    expect(await typed(code(""))).toEqual(["@typescript-eslint/switch-exhaustiveness-check"]);
    expect(await typed(code('    case "y":\n      return 2;\n'))).toEqual([]);
  });

  it("wants types imported as types", async () => {
    const code = 'import { StringDecoder } from "node:string_decoder";\nexport type A = StringDecoder;\n';
    expect(await typed(code)).toEqual(["@typescript-eslint/consistent-type-imports"]);
  });

  it("allows any in codecs only", async () => {
    const code = "export type A = any;\n";
    expect(await typed(code)).toEqual(["@typescript-eslint/no-explicit-any"]);
    expect(await typed(code, "provider/codec.ts")).toEqual([]);
  });
});
