/** What each type of resource says about itself, and what it is given to work with. */
import type { EC2Client } from "@aws-sdk/client-ec2";
import type { z } from "zod";
import type { Tags } from "./tags";
import type { Waiting } from "./wait";

/** Plain values by property. */
export type Values = Readonly<Record<string, unknown>>;

/** One operation on one resource. */
export interface Call extends Waiting {
  readonly region: string;
  readonly ec2: EC2Client;
  readonly defaultTags: Tags;
  /** The user's own bound (`customTimeouts`), else the type's. */
  timeoutMs(defaultMinutes: number): number;
  account(): Promise<string>;
  /** An idempotency token of this operation. */
  token(): string;
  /** A line of status on the resource. */
  log(line: string): void;
}

/**
 * A type of resource. A create is `start`, which sends the one request that makes it, `finish`, then `settle`; the id is
 * kept whatever becomes of these. An update changes the tags, then is `change` and `settle`. The calls and their order are
 * those of the official plugin: calls.ts has them as a table.
 */
export interface ResourceKind<I extends Values = Values> {
  readonly schema: z.ZodType<I>;
  /** Inputs that the official plugin fills in, and stores. */
  readonly defaults?: (news: Values) => Values;
  /** The property that gets a name made from the resource's, with a random end. */
  readonly nameProperty?: "keyName" | "name";
  /** Inputs that change in place; any other replaces. `tags` are changed for the type. */
  readonly updatable: readonly string[];
  readonly tagged: boolean;
  /** Outputs that only a create makes known. */
  readonly computed: readonly string[];
  /** Inputs that come back with more in them than was given. */
  readonly enriched?: readonly string[];
  /** Its id. */
  start(inputs: I, call: Call): Promise<string>;
  /** What follows a create alone, before it settles. */
  finish?(id: string, inputs: I, call: Call): Promise<void>;
  /** Makes it as the inputs say, and waits until it is. May be done again. Throws `GoneError` if nothing is left. */
  settle(id: string, inputs: I, call: Call): Promise<void>;
  /** What is there; undefined if it is gone. `tagsAll` has every tag. */
  look(id: string, call: Call): Promise<Values | undefined>;
  change?(id: string, inputs: I, changed: ReadonlySet<string>, call: Call): Promise<void>;
  /** What EC2 knows it by in a request for tags. @default the id */
  tagTarget?(id: string, state: Values): string;
  /** Succeeds for what is gone. */
  remove(id: string, state: Values, call: Call): Promise<void>;
}
