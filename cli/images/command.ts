/** What the command is called with. */
import { parseArgs } from "node:util";

export const FORMS = ["ansible", "json", "resalloc"] as const;
/** For whom the ids are written. */
export type Form = (typeof FORMS)[number];

export interface Command {
  readonly stack: string;
  readonly form: Form;
  /** File to compare with, instead of printing. */
  readonly check?: string;
}

export const USAGE = [
  "usage: npm run -s images -- --stack STACK [--as ansible|json|resalloc] [--check FILE]",
  "Prints the image ids of a stack: as Ansible's variable file, as JSON, or as arguments for resalloc's scripts.",
  "With --check prints how FILE differs from that, and nothing if it does not. Ends with 0: equal or printed,",
  "1: FILE differs, 2: called wrongly, or the outputs can't be read.",
].join("\n");

/** The command was called wrongly. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** @throws UsageError */
export function parseCommand(args: readonly string[]): Command {
  const { stack, as: form = "ansible", check } = options(args);
  if (stack === undefined || stack === "") throw new UsageError("--stack STACK is missing");
  if (!isForm(form)) throw new UsageError(`--as ${form}: there is ${FORMS.join(", ")}`);
  return { stack, form, ...(check === undefined ? {} : { check }) };
}

/** The command that prints what one has in hand. */
export function regenerate(stack: string, form: Form): string {
  return `npm run -s images -- --stack ${stack}${form === "ansible" ? "" : ` --as ${form}`}`;
}

function options(args: readonly string[]): Partial<Record<"stack" | "as" | "check", string>> {
  const text = { type: "string" } as const;
  try {
    return parseArgs({ args: [...args], options: { stack: text, as: text, check: text }, strict: true }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function isForm(form: string): form is Form {
  return FORMS.some((known) => known === form);
}
