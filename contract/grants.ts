/** What a worker sends a body of the disk with: given while it runs, when it asks, one line of JSON each time. */

export interface Grant {
  /** Tells one from another; no secret. */
  readonly id: string;
  /** One address a request, in order. Secret: some are presigned. */
  readonly urls: readonly string[];
  /** Of each request, besides its length. Secret: a token is among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** RFC 3339. @default it lives until it is refused */
  readonly expiresAt?: string;
}

/** Said in the place of a grant, where none will be given: the agent need not wait. */
export interface Denial {
  /** Why, in one line; no secret. */
  readonly denied: string;
}

/** What an agent says when it wants one, the line being `want` and this as JSON. */
export interface Wish {
  /** How many requests it has: one for each part of the body. */
  readonly requests: number;
}
