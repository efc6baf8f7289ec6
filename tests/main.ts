/**
 * `npm test`: format, lint, types, workflows, then every test, with the local services around the end-to-end ones.
 * All of it runs even if the first part fails, so that one run shows everything. Closes with `N passed, N failed`.
 * `npm run test:full` is the same and what takes long.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { localEnvironment, startServices, stopServices } from "../cli/local/services";

const REPOSITORY = path.join(__dirname, "..");

/** What vitest's JSON report says of a whole run. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
}

function run(what: string, command: string, args: readonly string[]): boolean {
  const started = Date.now();
  console.log(`\n== ${what}`);
  // A command of ours has a whole path.
  const { status, error } = spawnSync(path.resolve(REPOSITORY, "node_modules", ".bin", command), args, {
    cwd: REPOSITORY,
    env: localEnvironment(),
    stdio: "inherit",
  });
  if (error) throw error;
  console.log(`== ${what}: ${status === 0 ? "ok" : "FAILED"}, ${((Date.now() - started) / 1000).toFixed(0)} s`);
  return status === 0;
}

/** By name: without a git repository actionlint finds none. */
function workflows(): string[] {
  const folder = path.join(REPOSITORY, ".github", "workflows");
  return readdirSync(folder).map((name) => path.join(folder, name));
}

function tests(what: string, project: string): Report {
  const folder = mkdtempSync(path.join(tmpdir(), "copr-builders-report-"));
  const file = path.join(folder, "report.json");
  try {
    run(what, "vitest", ["run", "--project", project, "--reporter=default", "--reporter=json", `--outputFile=${file}`]);
    return JSON.parse(readFileSync(file, "utf8")) as Report;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param full with what takes long and is seldom broken */
async function main(full: boolean): Promise<number> {
  const checks = [
    run("format", "prettier", ["--check", "--log-level=warn", "."]),
    run("lint", "eslint", ["."]),
    run("types", "tsc", ["--noEmit"]),
    // With shellcheck on PATH, as on GitHub's runners, the scripts inside of them too.
    run("workflows", path.join(REPOSITORY, ".tools", "bin", "actionlint"), workflows()),
  ];
  const reports = [
    tests("unit and contract tests", "unit"),
    tests("ownership, in worlds of their own", "ownership"),
    ...(full ? [tests("ownership, killed at every call and cut again and again", "full")] : []),
  ];
  try {
    await startServices(console.log);
    reports.push(tests("end-to-end tests", "e2e"));
  } finally {
    await stopServices(console.log);
  }
  const sum = (count: (report: Report) => number) => reports.reduce((total, report) => total + count(report), 0);
  const passed = checks.filter(Boolean).length + sum((report) => report.numPassedTests);
  // A file that can't even be loaded has no tests to fail.
  const failed =
    checks.filter((ok) => !ok).length +
    reports.reduce((total, r) => total + Math.max(r.numFailedTests, r.numFailedTestSuites > 0 ? 1 : 0), 0);
  const skipped = sum((report) => report.numPendingTests);
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return failed === 0 ? 0 : 1;
}

main(process.argv.includes("--full")).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    console.log("\n0 passed, 1 failed");
    process.exitCode = 1;
  },
);
