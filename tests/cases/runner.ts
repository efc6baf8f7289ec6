/** Runs every case of a folder with the adapter of its kind. */
import { readdirSync, statSync } from "node:fs";
import * as path from "node:path";
import { ADAPTERS } from "./adapters";
import { readCase, Run } from "./case";

export interface CaseResult {
  readonly name: string;
  readonly kind: string;
  /** What was wanted and what came instead; empty for a case that passes. */
  readonly problems: readonly string[];
}

/** Folders with a case each, sorted; cases without `expected.json` have tests of their own. */
export function caseFolders(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .map((name) => path.join(folder, name))
    .filter((one) => statSync(one).isDirectory() && readdirSync(one).some((name) => name.startsWith("expected.")));
}

export async function runCase(folder: string): Promise<CaseResult> {
  const name = path.basename(folder);
  try {
    const found = readCase(folder);
    if (found === undefined) {
      return { name, kind: "behaviour", problems: ["not supported: a way to behave has a test of its own"] };
    }
    return { name, kind: found.kind, problems: await problemsOf(folder, found) };
  } catch (error) {
    return { name, kind: "?", problems: [`the case can't be read: ${String(error)}`] };
  }
}

async function problemsOf(folder: string, { kind, runs }: NonNullable<ReturnType<typeof readCase>>): Promise<string[]> {
  const adapter = ADAPTERS[kind];
  if (adapter === undefined) return [`not supported: there is no adapter for the kind ${kind}`];
  const problems: string[] = [];
  for (const [index, run] of runs.entries()) {
    const came = await Run.with(folder, run, adapter).catch((error: unknown) => [
      `failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    ]);
    problems.push(...came.map((problem) => (runs.length === 1 ? problem : `run ${index + 1}: ${problem}`)));
  }
  return problems;
}

/** One line a case, and the number of those that pass. */
export function table(results: readonly CaseResult[]): string {
  const width = Math.max(0, ...results.map(({ name }) => name.length));
  const lines = results.map(({ name, problems }) => {
    const outcome =
      problems.length === 0 ? "passes" : problems.map((problem) => problem.replace(/\s+/g, " ")).join("; ");
    return `${name.padEnd(width)}  ${outcome}`;
  });
  const passed = results.filter(({ problems }) => problems.length === 0).length;
  return [...lines, `${passed} of ${results.length} pass`].join("\n");
}
