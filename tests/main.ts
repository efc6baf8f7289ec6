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
import { localEnvironment, startServices, stopServices } from "../cli/local/services";

const REPOSITORY = path.join(__dirname, "..");

/** Projects of vitest.config.mts that share nothing, the longest first. */
const LANES = [
  { what: "end-to-end tests, AWS's guests", project: "e2e-aws" },
  { what: "ownership, in worlds of their own", project: "ownership" },
  { what: "end-to-end tests, the local hypervisor", project: "e2e-local" },
  { what: "end-to-end tests, the engine", project: "e2e-engine" },
];
/** Emulated guests keep a core busy, and the engine's starts another. */
const LANES_AT_ONCE = 2;

/** A file of vitest's JSON report. */
interface FileReport {
  /** Its path. */
  readonly name: string;
  readonly status: "passed" | "failed";
  /** Of its tests, milliseconds since the epoch; what stands before the first is not in it. */
  readonly startTime: number;
  readonly endTime: number;
  /** Why it could not be loaded. */
  readonly message: string;
  readonly assertionResults: readonly {
    readonly fullName: string;
    readonly status: string;
    readonly failureMessages?: readonly string[] | null;
  }[];
}

/** What vitest's JSON report says of a whole run. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
  readonly testResults: readonly FileReport[];
}

interface Outcome {
  /** Of each check. */
  readonly oks: readonly boolean[];
  readonly reports: readonly Report[];
}

/** Of a run that wrote no report. */
const CRASHED: Report = {
  numPassedTests: 0,
  numFailedTests: 1,
  numPendingTests: 0,
  numFailedTestSuites: 0,
  testResults: [],
};

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

async function tests(what: string, selection: readonly string[], lane?: string): Promise<Report> {
  const folder = mkdtempSync(path.join(tmpdir(), "copr-builders-report-"));
  const file = path.join(folder, "report.json");
  // A lane says how far it is: some of its files take half an hour.
  const reporter = lane === undefined ? "default" : "verbose";
  try {
    const reporting = [`--reporter=${reporter}`, "--reporter=json", `--outputFile=${file}`];
    await run(what, "vitest", ["run", ...selection, ...reporting], lane);
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Report) : CRASHED;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What failed, last of all: of a long log often only the end is kept. */
function failures(reports: readonly Report[]): string[] {
  return reports
    .flatMap((report) => report.testResults)
    .filter((file) => file.status === "failed")
    .flatMap((file) => {
      const name = path.relative(REPOSITORY, file.name);
      const failed = file.assertionResults.filter((test) => test.status === "failed");
      if (failed.length === 0) return [`${name}: ${gist(file.message)}`];
      return failed.map((test) => `${name} > ${test.fullName}: ${gist(test.failureMessages?.join("\n") ?? "")}`);
    });
}

/** Where the time went. */
function longest(reports: readonly Report[]): string[] {
  return reports
    .flatMap((report) => report.testResults)
    .map(({ name, startTime, endTime }) => ({ name, seconds: Math.round((endTime - startTime) / 1000) }))
    .filter(({ seconds }) => seconds >= 30)
    .sort((a, b) => b.seconds - a.seconds)
    .map(({ name, seconds }) => `${String(seconds).padStart(6)} s  ${path.relative(REPOSITORY, name)}`);
}

const FIRST_LINES = 4;
const LAST_LINES = 24;

/** What it says first, and its end: a command's output that is quoted in it ends with the reason. Frames are left out. */
function gist(message: string): string {
  const lines = message.split("\n").filter((line) => line.trim() !== "" && !/^\s+at \S/.test(line));
  const between = lines.length - FIRST_LINES - LAST_LINES;
  const shown =
    between > 0 ? [...lines.slice(0, FIRST_LINES), `... ${between} lines`, ...lines.slice(-LAST_LINES)] : lines;
  return shown.map((line) => line.slice(0, 300)).join("\n    ");
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

async function lanes(): Promise<Report[]> {
  const left = [...LANES];
  const reports: Report[] = [];
  const next = async (): Promise<void> => {
    for (let lane = left.shift(); lane; lane = left.shift()) {
      reports.push(await tests(lane.what, ["--project", lane.project], lane.project));
    }
  };
  await Promise.all(Array.from({ length: LANES_AT_ONCE }, next));
  return reports;
}

/** Those that need services start them. */
async function some(patterns: readonly string[]): Promise<Outcome> {
  const projects = ["unit", ...LANES.map(({ project }) => project)].flatMap((project) => ["--project", project]);
  return { oks: [], reports: [await tests(patterns.join(", "), [...projects, ...patterns])] };
}

/** @param full with what takes long and is seldom broken */
async function everything(full: boolean): Promise<Outcome> {
  const [checked, started] = await Promise.all([checks(), services()]);
  const unit = await tests("unit and contract tests", ["--project", "unit"]);
  const reports = [unit, ...(await lanes())];
  // Its worlds have the same addresses as those of the ownership lane.
  if (full) {
    reports.push(await tests("ownership, killed at every call and cut again and again", ["--project", "full"]));
  }
  return { oks: [...checked, started], reports };
}

async function main(options: readonly string[]): Promise<number> {
  const patterns = options.filter((option) => option !== "--full");
  const { oks, reports } = await (
    patterns.length > 0 ? some(patterns) : everything(options.includes("--full"))
  ).finally(() => stopServices(console.log));
  const sum = (count: (report: Report) => number) => reports.reduce((total, report) => total + count(report), 0);
  const passed = oks.filter(Boolean).length + sum((report) => report.numPassedTests);
  // A file that can't even be loaded has no tests to fail.
  const failed =
    oks.filter((ok) => !ok).length +
    reports.reduce((total, r) => total + Math.max(r.numFailedTests, r.numFailedTestSuites > 0 ? 1 : 0), 0);
  const skipped = sum((report) => report.numPendingTests);
  const long = longest(reports);
  if (long.length > 0) console.log(`\nTest files that took half a minute or more:\n${long.join("\n")}`);
  for (const failure of failures(reports)) console.log(`\nFAILED ${failure}`);
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
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
