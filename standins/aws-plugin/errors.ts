/** Errors of Amazon's: their codes, and how they read in `pulumi up`. */

import type { StateReason } from "@aws-sdk/client-ec2";

/** Amazon's code, as `InvalidGroup.NotFound`; of any other error, its name. */
export function codeOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

/** True for the codes that say that the thing asked for is not there. */
export function isNotFound(error: unknown): boolean {
  return /\.NotFound$|\.Unavailable$|NotFoundException$/.test(codeOf(error));
}

/** What this answers, or undefined if the thing is not there. */
export async function found<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Why a thing is in its state, as `Server.SpotInstanceTermination: Spot instance termination`. */
export function reasonOf(reason: StateReason | undefined): string {
  const said = [reason?.Code, reason?.Message].filter((part) => part !== undefined && part !== "");
  return said.length > 0 ? said.join(": ") : "AWS gives no reason";
}

/** The resource has ended: nothing is there to keep in the state. */
export class GoneError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "GoneError";
  }
}

/** True if an earlier attempt of the same request may have done it: its answer was lost, and the SDK asked again. */
export function wasRetried(error: unknown): boolean {
  return attemptsOf(error) > 1;
}

function attemptsOf(error: unknown): number {
  const metadata = (error as { readonly $metadata?: { readonly attempts?: number } }).$metadata;
  return metadata?.attempts ?? 1;
}

interface Stack {
  add(
    middleware: (
      next: (args: never) => Promise<never>,
      context: { readonly commandName?: string },
    ) => (args: never) => Promise<never>,
    options: { readonly step: "initialize"; readonly name: string },
  ): void;
}

/** Makes a client's errors say which call failed, and why by Amazon's code: the SDK's messages have neither. */
export function explain<C extends { readonly middlewareStack: object }>(client: C): C {
  const stack = client.middlewareStack as Stack;
  stack.add(
    (next, context) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        const action = context.commandName?.replace(/Command$/, "") ?? "AWS";
        const attempts = attemptsOf(error);
        const said = [error.name, error.message].filter((part) => part !== "" && part !== "Error").join(": ");
        error.message = `${action}: ${said}${attempts > 1 ? ` (${attempts} attempts)` : ""}`;
        throw error;
      }
    },
    { step: "initialize", name: "explain" },
  );
  return client;
}
