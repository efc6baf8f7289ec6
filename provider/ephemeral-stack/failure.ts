/** What a person needs to know when an inner stack failed: what, its last lines, what is left, what to do. */
import { quote } from "../shell";
import { CliError, type LeftResource } from "./cli";

export interface FailureContext {
  readonly stack: string;
  readonly program: string;
  /** The last lines of what failed, and where all of them are. */
  readonly tail: readonly string[];
  readonly logPath: string;
  /** `attempt 2 of 2` */
  readonly attempt: string;
  /** A line for each attempt before it: what was tried, and what came of it. */
  readonly earlier: readonly string[];
}

/** Everything the stack made is gone. */
export function failureError(context: FailureContext, cause: unknown): Error {
  return new Error([...story(context, cause), `  what it made is destroyed`].join("\n"));
}

/** Everything is still there, as `keepOnFailure` asked. */
export function keptError(context: FailureContext, cause: unknown, enter: string | undefined): Error {
  const { stack, program } = context;
  return new Error(
    [
      ...story(context, cause),
      `  what it made is kept (keepOnFailure)`,
      `  to enter: ${enter ?? `pulumi stack output --stack ${stack} -C ${shellWord(program)}`}`,
      `  to end it: pulumi destroy --remove --yes --stack ${stack} -C ${shellWord(program)}`,
    ].join("\n"),
  );
}

/** A destroy failed. */
export function leftBehindError(
  { stack, program, ...log }: Omit<FailureContext, "attempt" | "earlier">,
  left: readonly LeftResource[],
  cause: Error,
): Error {
  const lines =
    left.length === 0
      ? ["  no resource is left, only the stack itself"]
      : left.map(({ type, name, id }) => `  left: ${type} ${name} (id ${id})`);
  return new Error(
    [
      `stack ${stack} could not be destroyed`,
      ...logLines(log),
      ...lines,
      `  end it: pulumi destroy --remove --yes --stack ${stack} -C ${shellWord(program)}`,
      `  or run "pulumi up" again, which takes it up`,
    ].join("\n"),
    { cause },
  );
}

function logLines({ tail, logPath }: Pick<FailureContext, "tail" | "logPath">): readonly string[] {
  return [...tail.map((line) => `  | ${line}`), `  whole log: ${logPath}`];
}

function story(context: FailureContext, cause: unknown): readonly string[] {
  const why = cause instanceof CliError || !(cause instanceof Error) ? undefined : cause.message;
  return [
    `stack ${context.stack} (program ${context.program}) failed, ${context.attempt}${why === undefined ? "" : `: ${why}`}`,
    ...context.earlier.map((line) => `  before: ${line}`),
    ...logLines(context),
  ];
}

/** As a shell reads it. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:@=+-]+$/.test(text) ? text : quote(text);
}
