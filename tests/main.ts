/**
 * `npm test`: format, lint, types, workflows and unit tests, then the lanes of the slow tests side by side, with the local
 * services around them. All of it runs even if the first part fails, so that one run shows everything.
 * Closes with `N passed, N failed`. `npm run test:full` is the same and what takes long; `npm test -- PATTERN` runs the test
 * files alone whose path has it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { setPriority, tmpdir } from "node:os";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { FULL } from "./full";
import { failedFiles, failures, longest, replaced, tally, type FileReport, type Report } from "./report";
import { localEnvironment, startServices, stopServices } from "../cli/local/services";

const REPOSITORY = path.join(__dirname, "..");

interface Lane {
  readonly name: string;
  readonly what: string;
  /** Of vitest.config.mts. */
  readonly projects: readonly string[];
  /** Of its processes, as of nice(1). */
  readonly niceness: number;
}

/** They share nothing, and run side by side. */
const LANES: readonly Lane[] = [
  { name: "local", what: "end-to-end tests, the local hypervisor", projects: ["e2e-local"], niceness: 0 },
  {
    name: "engine",
    what: "ownership, end-to-end tests of the engine, the engine with parts of the program",
    projects: ["ownership", "e2e-engine", "e2e-beside"],
    // Emulated guests go first: what waits for them has the least patience, and the other lane fills what they leave.
    niceness: 5,
  },
];

interface Outcome {
  /** Of each check. */
  readonly oks: readonly boolean[];
  readonly files: readonly FileReport[];
  /** Paths of those that ran once more. */
  readonly again?: readonly string[];
}

/** @param lane its name stands before each line of what runs beside others */
async function run(what: string, command: string, args: readonly string[], lane?: Lane): Promise<boolean> {
  return timed(what, async () => {
    // A command of ours has a whole path.
    const child = spawn(path.resolve(REPOSITORY, "node_modules", ".bin", command), args, {
      cwd: REPOSITORY,
      env: localEnvironment(),
      stdio: lane === undefined ? "inherit" : ["ignore", "pipe", "pipe"],
    });
    if (lane !== undefined && child.pid !== undefined) setPriority(child.pid, lane.niceness);
    for (const input of [child.stdout, child.stderr]) {
      if (input) createInterface({ input }).on("line", (line) => console.log(`[${lane?.name ?? ""}] ${line}`));
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

async function tests(what: string, selection: readonly string[], lane?: Lane): Promise<readonly FileReport[]> {
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

const only = (projects: readonly string[]): string[] => projects.flatMap((project) => ["--project", project]);

async function lanes(): Promise<FileReport[]> {
  return (await Promise.all(LANES.map((lane) => tests(lane.what, only(lane.projects), lane)))).flat();
}

const UNIT = "unit*";
const FULL_PROJECT = "full";
const PROJECTS = only([UNIT, ...LANES.flatMap(({ projects }) => projects)]);

/** Those that need services start them. @param full of what takes long too */
async function some(patterns: readonly string[], full: boolean): Promise<Outcome> {
  const projects = full ? [...PROJECTS, ...only([FULL_PROJECT])] : PROJECTS;
  return { oks: [], files: await tests(patterns.join(", "), [...projects, ...patterns]) };
}

/** @param full with what takes long and is seldom broken */
async function everything(full: boolean): Promise<Outcome> {
  const [checked, started] = await Promise.all([checks(), services()]);
  const unit = await tests("unit and contract tests", only([UNIT]));
  const files = [...unit, ...(await lanes())];
  // Its worlds have the same addresses as those of the ownership lane.
  if (full) {
    files.push(
      ...(await tests(
        "what takes long: a build on AWS's guests, runs killed at every call, cuts again and again",
        only([FULL_PROJECT]),
      )),
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
  const second = await tests("what failed, once more and alone", [...PROJECTS, ...again, "--no-file-parallelism"]);
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
