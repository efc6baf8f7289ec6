/** What actionlint does not look at: our own rules for the workflows. */
import { readdirSync, readFileSync } from "node:fs";
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
  readonly environment?: string;
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

  it("takes others' actions by the hash of a commit", () => {
    for (const { uses } of steps) expect(uses ?? "./").toMatch(/^\.\/|@[0-9a-f]{40}$/);
  });

  it("has secrets of environments alone, whose reviewers and branches are set there", () => {
    for (const [id, job] of Object.entries(jobs)) {
      const asks = JSON.stringify(job.steps ?? []).includes("secrets.") || job.permissions?.["id-token"] === "write";
      if (asks && job.uses === undefined) expect([id, job.environment]).toEqual([id, expect.stringMatching(/\w/)]);
    }
  });
});

it("says beside each hash which version it is", () => {
  const files = [...workflows.map(([name]) => join(FOLDER, name)), join(PROJECT, ".github/actions/prepare/action.yml")];
  const lines = files.flatMap((file) => readFileSync(file, "utf8").match(/uses: (?!\.).*/g) ?? []);
  for (const line of lines) expect(line).toMatch(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});
