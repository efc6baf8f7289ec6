/** What the command is called with. */
import { messageOf } from "../../contract/message-of";
import { parseArgs } from "node:util";
import { IDENTITY } from "../../provider/owner";

export interface Command {
  readonly stack: string;
  /** Of a stack whose state is gone; its settings are still read. @default that of the stack */
  readonly identity?: string;
  /** Delete what no state knows of, after showing it. */
  readonly remove: boolean;
  /** The stack is not in this backend because it is gone, not because it is in another. */
  readonly gone: boolean;
  readonly json: boolean;
  /** Name or identity of a stack that promotes, whose holds are ended; nothing else is done then. */
  readonly endHold?: string;
}

export const USAGE = [
  "usage: npm run owned -- --stack STACK [--identity IDENTITY] [--delete [--gone]] [--json] [--end-hold READER]",
  "Lists everything that carries the stack's identity, wherever its settings lead, and holds it against the state: owned, at",
  "work, in use, orphaned, missing. --delete deletes what is orphaned. --identity is for a stack that is not there any more: its",
  "settings (Pulumi.STACK.yaml) say where to look, and all that nobody uses is orphaned; --delete wants --gone then. --end-hold ends what the stack READER, which promotes",
  "from this one and is not there any more, holds of it.",
].join("\n");

/** The command was called wrongly. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** @throws UsageError */
export function parseCommand(args: readonly string[]): Command {
  const { stack, identity, delete: remove = false, gone = false, json = false, "end-hold": endHold } = options(args);
  if (stack === undefined || stack === "") throw new UsageError("--stack STACK is missing");
  if (identity !== undefined && !IDENTITY.test(identity)) {
    throw new UsageError(`--identity ${identity}: an identity is 12 of a-z and 2-7, as the report and tags show it`);
  }
  return {
    ...{ stack, remove, gone, json },
    ...(identity === undefined ? {} : { identity }),
    ...(endHold === undefined ? {} : { endHold }),
  };
}

function options(args: readonly string[]) {
  const text = { type: "string" } as const;
  const yes = { type: "boolean" } as const;
  try {
    const known = { stack: text, identity: text, delete: yes, gone: yes, json: yes, "end-hold": text };
    return parseArgs({ args: [...args], options: known, strict: true }).values;
  } catch (cause) {
    throw new UsageError(messageOf(cause), { cause });
  }
}
