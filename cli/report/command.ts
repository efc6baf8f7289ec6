/** What the command is called with. */
import { parseArgs } from "node:util";

export interface Command {
  readonly stack: string;
  /** Stacks to show beside it, other than those that its settings name. */
  readonly beside: readonly string[];
  /** Folder that the report goes to. */
  readonly out: string;
}

export const USAGE = [
  "usage: npm run report -- --stack STACK [--with STACK ...] [--out DIR]",
  "Writes report.html and report.md about a stack's images into DIR (.local/report unless it is given). Shows what the stacks",
  "run that promote from it, as its settings name them, and those named by --with.",
].join("\n");

/** The command was called wrongly. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** @throws UsageError */
export function parseCommand(args: readonly string[]): Command {
  const { stack, with: beside = [], out = ".local/report" } = options(args);
  if (stack === undefined || stack === "") throw new UsageError("--stack STACK is missing");
  return { stack, beside, out };
}

function options(args: readonly string[]) {
  const text = { type: "string" } as const;
  const known = { stack: text, with: { type: "string", multiple: true }, out: text } as const;
  try {
    return parseArgs({ args: [...args], options: known, strict: true }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
