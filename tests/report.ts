/** What vitest's JSON report says, and what of it a person reads at the end of a run. */
import * as path from "node:path";

const REPOSITORY = path.join(__dirname, "..");

/** A file of vitest's JSON report. */
export interface FileReport {
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

/** What vitest's JSON report says of a whole run; undefined of one that wrote none. */
export interface Report {
  readonly testResults: readonly FileReport[];
}

/** How many tests there were of each outcome. A file that can't be loaded, or whose preparations failed, is one that failed. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function tally(files: readonly FileReport[]): Tally {
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const of = (status: string) => tests.filter((test) => test.status === status).length;
  const passed = of("passed");
  const failed = of("failed");
  const unprepared = failedFiles(files).filter((file) =>
    file.assertionResults.every((test) => test.status !== "failed"),
  );
  return { passed, failed: failed + unprepared.length, skipped: tests.length - passed - failed };
}

export function failedFiles(files: readonly FileReport[]): FileReport[] {
  return files.filter((file) => file.status === "failed");
}

/** The outcomes of a second run in the place of the first's. */
export function replaced(files: readonly FileReport[], second: readonly FileReport[]): FileReport[] {
  const ran = new Set(second.map(({ name }) => name));
  return [...files.filter(({ name }) => !ran.has(name)), ...second];
}

/** What failed, last of all: of a long log often only the end is kept. */
export function failures(files: readonly FileReport[]): string[] {
  return failedFiles(files).flatMap((file) => {
    const name = path.relative(REPOSITORY, file.name);
    const failed = file.assertionResults.filter((test) => test.status === "failed");
    if (failed.length === 0) return [`${name}: ${gist(file.message)}`];
    return failed.map((test) => `${name} > ${test.fullName}: ${gist(test.failureMessages?.join("\n") ?? "")}`);
  });
}

/** Where the time went. */
export function longest(files: readonly FileReport[]): string[] {
  return files
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
