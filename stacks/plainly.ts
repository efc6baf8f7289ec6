/** What a person can mend is said plainly: its message alone, without the stack trace that helps with our own faults. */
import * as pulumi from "@pulumi/pulumi";
import { printable } from "../contract/printable";
import { UserError } from "../contract/user-error";

export async function plainly<T>(program: () => Promise<T>): Promise<T> {
  try {
    return await program();
  } catch (error) {
    const errors = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
    if (!errors.every((one) => one instanceof UserError)) throw error;
    const plain = new pulumi.RunError(printable(withCauses(error as Error)));
    // Nobody is shown the stack of a RunError, but Pulumi colours it all the same (3.246, cmd/run/error.js), and over a line
    // with "node_modules" node 20 then loops until its memory is full: ten seconds before anybody reads the message.
    plain.stack = "";
    throw plain;
  }
}

/** A message that has its cause in it already says it once. */
function withCauses({ message, cause }: Error): string {
  if (!(cause instanceof Error) || message.includes(cause.message)) return message;
  return `${message}\ncaused by: ${withCauses(cause)}`;
}
