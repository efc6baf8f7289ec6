/** What the command is called with. */
import { messageOf } from "../../contract/message-of";
import { parseArgs } from "node:util";

export interface Command {
  readonly stack: string;
  /** Stacks to show beside it, other than those that its settings name. */
  readonly beside: readonly string[];
  /** Folder that the report goes to. */
  readonly out: string;
  /** Files that a scanner has written. */
  readonly vulnerabilities: readonly string[];
  /** Print it as JSON, and write nothing. */
  readonly json: boolean;
}

export const USAGE = [
  "usage: npm run report -- --stack STACK [--with STACK ...] [--vulnerabilities FILE ...] [--out DIR | --json]",
  "Writes report.html and report.md about a stack's images into DIR (.local/report unless it is given). Shows what the stacks",
  "run that promote from it, as its settings name them, and those named by --with. --json prints the same as figures instead (docs/reference/report.schema.json).",
  "--vulnerabilities: JSON of grype or trivy, joined to the packages of each generation.",
].join("\n");

/** The command was called wrongly. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** @throws UsageError */
export function parseCommand(args: readonly string[]): Command {
  const { stack, with: beside = [], vulnerabilities = [], out, json = false } = options(args);
  if (stack === undefined || stack === "") throw new UsageError("--stack STACK is missing");
  if (json && out !== undefined) throw new UsageError("--json prints, --out writes: one of them");
  return { stack, beside, vulnerabilities, out: out ?? ".local/report", json };
}

function options(args: readonly string[]) {
  const text = { type: "string" } as const;
  const known = {
    stack: text,
    with: { type: "string", multiple: true },
    vulnerabilities: { type: "string", multiple: true },
    out: text,
    json: { type: "boolean" },
  } as const;
  try {
    return parseArgs({ args: [...args], options: known, strict: true }).values;
  } catch (cause) {
    throw new UsageError(messageOf(cause), { cause });
  }
}
