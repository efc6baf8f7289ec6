/** A step that failed, and what is known of why. */
export class StepError extends Error {
  readonly tail: readonly string[];
  /** The same work will fail the same way: a retry does not try. */
  readonly permanent: boolean;

  constructor(message: string, details: { tail?: readonly string[]; permanent?: boolean; cause?: unknown } = {}) {
    super(message, { cause: details.cause });
    this.name = "StepError";
    this.tail = details.tail ?? [];
    this.permanent = details.permanent ?? false;
  }
}
