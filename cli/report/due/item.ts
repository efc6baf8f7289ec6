/** One thing that ends or must be done. */
export const DUE_KINDS = ["pause", "rebuild", "promotion", "support", "platform", "deprecation", "deletion"] as const;

export interface Due {
  readonly kind: (typeof DUE_KINDS)[number];
  /** The moment from which on it is due. @default it has no date: `after` says what it waits for */
  readonly at?: Date;
  /** The same where a whole day is meant, to its end: `2026-12-05`. */
  readonly day?: string;
  readonly after?: string;
  readonly what: string;
  /** What somebody is to do. @default nothing */
  readonly remedy?: string;
  /** The command that does it. @default there is none */
  readonly command?: string;
}
