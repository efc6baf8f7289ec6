/** The frame of a command: its exit code is what it returns, its errors are for people. */

import { printable } from "../../contract/printable";

/** What was typed can't be meant: the usage is shown with it. */
export class UsageError extends Error {}

export function runMain(main: () => Promise<number>, usage: string): void {
  // An error of parseArgs is thrown at once, before there is a promise.
  new Promise<number>((resolve) => resolve(main())).then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      const wrongUse =
        error instanceof UsageError || String((error as { code?: unknown }).code).startsWith("ERR_PARSE_ARGS");
      console.error(`error: ${printable(describe(error))}${wrongUse ? `\n${usage}` : ""}`);
      process.exitCode = wrongUse ? 2 : 1;
    },
  );
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}\n  because: ${describe(error.cause)}`;
}
