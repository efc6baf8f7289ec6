/**
 * `npm test`: format, lint, types, workflows and unit tests, then the lanes of the slow tests, `LANES_AT_ONCE` of them side by
 * side, with the local services around them. All of it runs even if the first part fails, so that one run shows everything.
 * Closes with `N passed, N failed`. `npm run test:full` is the same and what takes long; `npm test -- PATTERN` runs the test
 * files alone whose path has it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { FULL } from "./full";
import { failedFiles, failures, longest, replaced, tally, type FileReport, type Report } from "./report";
import { localEnvironment, startServices, stopServices } from "../cli/local/services";

const REPOSITORY = path.join(__dirname, "..");

/** Projects of vitest.config.mts that share nothing, the longest first. */
const LANES = [
  { what: "ownership, in worlds of their own", project: "ownership" },
  { what: "end-to-end tests, the local hypervisor", project: "e2e-local" },
  { what: "end-to-end tests, the engine", project: "e2e-engine" },
  { what: "the engine with parts of the program, beside their code", project: "e2e-beside" },
];
/** Emulated guests keep a core busy, and the engine's starts another. */
const LANES_AT_ONCE = 2;

interface Outcome {
  /** Of each check. */
  readonly oks: readonly boolean[];
  readonly files: readonly FileReport[];
  /** Paths of those that ran once more. */
  readonly again?: readonly string[];
}

/** @param lane stands before each line of what runs beside others */
async function run(what: string, command: string, args: readonly string[], lane?: string): Promise<boolean> {
  return timed(what, async () => {
    // A command of ours has a whole path.
    const child = spawn(path.resolve(REPOSITORY, "node_modules", ".bin", command), args, {
      cwd: REPOSITORY,
      env: localEnvironment(),
      stdio: lane === undefined ? "inherit" : ["ignore", "pipe", "pipe"],
    });
    for (const input of [child.stdout, child.stderr]) {
      if (input) createInterface({ input }).on("line", (line) => console.log(`[${lane ?? ""}] ${line}`));
    }
    const [status] = (await once(child, "close")) as [number | null];
    return status === 0;
  });
}

async function timed(what: string, work: () => Promise<boolean>): Promise<boolean> {
  const started = Date.now();
  console.log(`\n== ${what}`);
  const ok = await work();
  console.log(`== ${what}: ${ok ? "ok" : "FAILED"}, ${((Date.now() - started) / 1000).toFixed(0)} s`);
  return ok;
}

/** By name: without a git repository actionlint finds none. */
function workflows(): string[] {
  const folder = path.join(REPOSITORY, ".github", "workflows");
  return readdirSync(folder).map((name) => path.join(folder, name));
}

async function tests(what: string, selection: readonly string[], lane?: string): Promise<readonly FileReport[]> {
  const folder = mkdtempSync(path.join(tmpdir(), "copr-builders-report-"));
  const file = path.join(folder, "report.json");
  // A lane says how far it is: some of its files take half an hour.
  const reporter = lane === undefined ? "default" : "verbose";
  try {
    const reporting = [`--reporter=${reporter}`, "--reporter=json", `--outputFile=${file}`];
    await run(what, "vitest", ["run", ...selection, ...reporting], lane);
    if (existsSync(file)) return (JSON.parse(readFileSync(file, "utf8")) as Report).testResults;
    const now = Date.now();
    return [{ name: what, status: "failed", startTime: now, endTime: now, message: "no report", assertionResults: [] }];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function checks(): Promise<boolean[]> {
  return [
    await run("format", "prettier", ["--check", "--log-level=warn", "."]),
    await run("lint", "eslint", ["."]),
    await run("types", "tsc", ["--noEmit"]),
    // With shellcheck on PATH, as on GitHub's runners, the scripts inside of them too.
    await run("workflows", path.join(REPOSITORY, ".tools", "bin", "actionlint"), workflows()),
  ];
}

/** What fails here fails the tests that need it, too; the others run. */
function services(): Promise<boolean> {
  return timed("local services", async () => {
    try {
      await startServices(console.log);
      return true;
    } catch (error) {
      console.error(error);
      return false;
    }
  });
}

async function lanes(): Promise<FileReport[]> {
  const left = [...LANES];
  const files: FileReport[] = [];
  const next = async (): Promise<void> => {
    for (let lane = left.shift(); lane; lane = left.shift()) {
      files.push(...(await tests(lane.what, ["--project", lane.project], lane.project)));
    }
  };
  await Promise.all(Array.from({ length: LANES_AT_ONCE }, next));
  return files;
}

const UNIT = "unit*";
const FULL_PROJECT = "full";
const PROJECTS = [UNIT, ...LANES.map(({ project }) => project)].flatMap((project) => ["--project", project]);

/** Those that need services start them. @param full of what takes long too */
async function some(patterns: readonly string[], full: boolean): Promise<Outcome> {
  const projects = full ? [...PROJECTS, "--project", FULL_PROJECT] : PROJECTS;
  return { oks: [], files: await tests(patterns.join(", "), [...projects, ...patterns]) };
}

/** @param full with what takes long and is seldom broken */
async function everything(full: boolean): Promise<Outcome> {
  const [checked, started] = await Promise.all([checks(), services()]);
  const unit = await tests("unit and contract tests", ["--project", UNIT]);
  const files = [...unit, ...(await lanes())];
  // Its worlds have the same addresses as those of the ownership lane.
  if (full) {
    files.push(
      ...(await tests("what takes long: a build on AWS's guests, runs killed at every call, cuts again and again", [
        "--project",
        FULL_PROJECT,
      ])),
    );
  }
  return { oks: [...checked, started], ...(await onceMore(files)) };
}

/** More than so many are no accident. */
const ACCIDENTS = 3;

/**
 * Runs what failed once more, alone: emulated guests beside each other on two cores now and then outlive a test's patience. Both
 * are shown; the second counts (docs/decisions/0651).
 */
async function onceMore(files: readonly FileReport[]): Promise<Omit<Outcome, "oks">> {
  const failed = failedFiles(files).filter(({ name }) => existsSync(name));
  if (failed.length === 0 || failed.length > ACCIDENTS) return { files };
  for (const failure of failures(failed)) console.log(`\nFAILED at first: ${failure}`);
  const again = failed.map(({ name }) => path.relative(REPOSITORY, name));
  const second = await tests("what failed, once more and alone", [...PROJECTS, ...again]);
  return { files: replaced(files, second), again };
}

async function main(options: readonly string[]): Promise<number> {
  const full = options.includes("--full");
  if (full) process.env[FULL] = "yes";
  const patterns = options.filter((option) => option !== "--full");
  const {
    oks,
    files,
    again = [],
  } = await (patterns.length > 0 ? some(patterns, full) : everything(full)).finally(() => stopServices(console.log));
  const tests = tally(files);
  const passed = oks.filter(Boolean).length + tests.passed;
  const failed = oks.filter((ok) => !ok).length + tests.failed;
  const long = longest(files);
  if (long.length > 0) console.log(`\nTest files that took half a minute or more:\n${long.join("\n")}`);
  if (again.length > 0) console.log(`\nRun twice, because they failed at first: ${again.join(", ")}`);
  for (const failure of failures(files)) console.log(`\nFAILED ${failure}`);
  console.log(`\n${passed} passed, ${failed} failed${tests.skipped > 0 ? `, ${tests.skipped} skipped` : ""}`);
  return failed === 0 ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    console.log("\n0 passed, 1 failed");
    process.exitCode = 1;
  },
);
