/** What the command is called with. */
import { messageOf } from "../../contract/message-of";
import { parseArgs } from "node:util";

export const FORMS = ["ansible", "json", "resalloc"] as const;
/** For whom the ids are written. */
export type Form = (typeof FORMS)[number];

export interface Command {
  readonly stack: string;
  readonly form: Form;
  /** Ansible's variable. */
  readonly variable: string;
  /** Entries of the output `images`, `aws.x86_64` or all below `aws`; all if there are none. */
  readonly places: readonly string[];
  /** File to compare with, instead of printing. */
  readonly check?: string;
}

/** The variable of the farm, where nothing else is said. */
export const VARIABLE = "copr_builder_images";

export const USAGE = [
  "usage: npm run -s images -- --stack STACK [--as ansible|json|resalloc | --json] [--place PLACE]... [--variable NAME] [--check FILE]",
  "Prints the image ids of a stack: as Ansible's variable file, as JSON, or as arguments for resalloc's scripts.",
  "--place prints these alone: aws.x86_64, or aws for all below it. --variable names Ansible's variable otherwise than",
  `${VARIABLE}, to be combined with what a farm keeps by hand: the head of the file says how.`,
  "With --check prints how FILE differs from that, and nothing if it does not. Ends with 0: equal or printed,",
  "1: FILE differs, 2: called wrongly, or the outputs can't be read.",
].join("\n");

/** The command was called wrongly. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** @throws UsageError */
export function parseCommand(args: readonly string[]): Command {
  const { stack, as, json = false, check, variable = VARIABLE, place: places = [] } = options(args);
  if (stack === undefined || stack === "") throw new UsageError("--stack STACK is missing");
  if (json && as !== undefined) throw new UsageError("--json is --as json: one of them");
  const form = as ?? (json ? "json" : "ansible");
  if (!isForm(form)) throw new UsageError(`--as ${form}: there is ${FORMS.join(", ")}`);
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable)) {
    throw new UsageError(`--variable ${variable}: Ansible takes letters, digits and "_", no digit first`);
  }
  if (variable !== VARIABLE && form !== "ansible") throw new UsageError("--variable is for --as ansible");
  return { stack, form, variable, places, ...(check === undefined ? {} : { check }) };
}

/** The command that prints what one has in hand. */
export function regenerate({ stack, form, variable, places }: Omit<Command, "check">): string {
  return [
    `npm run -s images -- --stack ${stack}`,
    ...(form === "ansible" ? [] : [`--as ${form}`]),
    ...places.map((place) => `--place ${place}`),
    ...(variable === VARIABLE ? [] : [`--variable ${variable}`]),
  ].join(" ");
}

function options(args: readonly string[]) {
  const text = { type: "string" } as const;
  const known = {
    ...{ stack: text, as: text, check: text, variable: text },
    json: { type: "boolean" },
    place: { ...text, multiple: true },
  } as const;
  try {
    return parseArgs({ args: [...args], options: known, strict: true }).values;
  } catch (cause) {
    throw new UsageError(messageOf(cause), { cause });
  }
}

function isForm(form: string): form is Form {
  return FORMS.some((known) => known === form);
}
