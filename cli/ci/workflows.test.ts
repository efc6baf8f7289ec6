/** What actionlint does not look at: our own rules for the workflows. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { PROJECT } from "./places";

interface Step {
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly "timeout-minutes"?: number;
  readonly uses?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const FOLDER = join(PROJECT, ".github", "workflows");
const read = (file: string): unknown => parse(readFileSync(file, "utf8"));
const workflows = readdirSync(FOLDER).map((name) => [name, read(join(FOLDER, name)) as Workflow] as const);
const { scripts } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as { scripts: object };
const action = read(join(PROJECT, ".github/actions/prepare/action.yml")) as { runs: { steps: Step[] } };

it("there are those that the documentation names", () => {
  expect(workflows.map(([name]) => name).sort()).toEqual(["deploy-stack.yml", "deploy.yml", "preview.yml", "test.yml"]);
});

describe.each(workflows)("%s", (_, { on, permissions, jobs }) => {
  const steps = [...Object.values(jobs).flatMap((job) => job.steps ?? []), ...action.runs.steps];

  it("grants nothing but what a job names, and bounds every job", () => {
    expect(permissions).toEqual({});
    for (const job of Object.values(jobs)) {
      if (job.uses === undefined) expect(job["timeout-minutes"]).toBeGreaterThan(0);
      expect(Object.entries(job.permissions ?? {})).not.toContainEqual(["contents", "write"]);
    }
  });

  it("runs no stranger's code with our credentials", () => {
    expect(Object.keys(on)).not.toContain("pull_request_target");
    expect(Object.keys(on)).not.toContain("workflow_run");
    for (const step of steps.filter(({ uses }) => uses?.startsWith("actions/checkout@")))
      expect(step.with).toMatchObject({ "persist-credentials": false });
  });

  it("puts no expression into a script: text from a form or a branch name would be run", () => {
    for (const { run } of steps) expect(run ?? "").not.toContain("${{");
  });

  it("runs npm scripts that there are, as anyone can", () => {
    const named = steps.flatMap(({ run = "" }) => [...run.matchAll(/npm run (?!--)([\w-]+)/g)].map(([, name]) => name));
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
  });

  it("takes others' actions by a version", () => {
    for (const { uses } of steps) expect(uses ?? "./").toMatch(/^\.\/|@(v\d+|[0-9a-f]{40})$/);
  });
});

it("say when the credentials of AWS end, as preflight reads it", () => {
  const folder = mkdtempSync(join(tmpdir(), "workflows-"));
  const GITHUB_ENV = join(folder, "env");
  const script = action.runs.steps.find(({ run }) => run?.includes("AWS_CREDENTIAL_EXPIRATION"))?.run ?? "";
  const begun = Date.now();
  execFileSync("bash", ["-ec", script], { env: { ...process.env, GITHUB_ENV, AWS_SECONDS: "600" } });
  const [, end = ""] = /^AWS_CREDENTIAL_EXPIRATION=(.*)$/m.exec(readFileSync(GITHUB_ENV, "utf8")) ?? [];
  rmSync(folder, { recursive: true });
  // To the second, on a machine that may be busy.
  expect(new Date(end).getTime() - begun).toBeGreaterThan(598_000);
  expect(new Date(end).getTime() - begun).toBeLessThan(660_000);
});
