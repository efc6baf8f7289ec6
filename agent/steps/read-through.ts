import { StepError } from "../job/step-error";
import { CommandError } from "../machine/processes";
import { type ReadThroughOptions, runWatched } from "../machine/watched";

/** As `runWatched`, for one that has to succeed. @returns its standard output */
export async function readThrough(
  command: readonly [string, ...string[]],
  options: ReadThroughOptions,
): Promise<string> {
  const result = await runWatched(command, options);
  options.signal.throwIfAborted();
  if (result.code === 0) return result.stdout;
  throw new StepError(new CommandError(command[0], result).message, { tail: result.tail });
}

export const firstWord = (text: string): string => text.split(" ", 1)[0] ?? "";
