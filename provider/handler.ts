/**
 * What one resource type does: the provider's methods after the wire format is gone.
 * Values are plain data; a handler parses them with its own schema.
 */
import type { Decoded } from "./codec";

export type Properties = Readonly<Record<string, unknown>>;

export interface CheckFailure {
  /** Path of the input, e.g. `record.store.bucket`. */
  readonly property: string;
  readonly reason: string;
}

export interface Diff {
  readonly changes: boolean;
  /** Inputs whose change needs a new resource; empty with `changes` means an update in place. */
  readonly replaces: readonly string[];
  /** Make room before the replacement: two can't be there at once. */
  readonly deleteBeforeReplace?: boolean;
}

export const NO_CHANGES: Diff = { changes: false, replaces: [] };

/** Lines of one resource in the output of `pulumi up`. */
export interface ResourceLog {
  /** Replaces the text on the resource's line; shown in terminals only. */
  status(text: string): void;
  /** Stays in the output. */
  info(text: string): void;
  warn(text: string): void;
}

export interface EngineLog {
  for(urn: string): ResourceLog;
}

/** One call of the engine for one resource. */
export interface Call {
  readonly urn: string;
  readonly log: ResourceLog;
  /** Aborted when the user presses Ctrl-C or the engine is gone: stop the work, clean up. `reason` is an `Interrupt`. */
  readonly stop: AbortSignal;
  /** Aborted when nobody waits for an answer any more: stop at once, cleaning up included. `reason` is an `Interrupt`. */
  readonly gone: AbortSignal;
}

/** Why work stops early. */
export class Interrupt extends Error {
  constructor(
    readonly why: "cancelled" | "engine gone" | "timeout" | "lease lost",
    message: string,
  ) {
    super(message);
    this.name = "Interrupt";
  }
}

/** Something was made and is not ready: the resource goes into the state as it is, and the next update mends it. */
export class PartialFailure extends Error {
  constructor(
    message: string,
    readonly id: string,
    readonly properties: Properties,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "PartialFailure";
  }
}

export interface ResourceHandler {
  /** Everything that is wrong with these inputs, at once. Unknown inputs are right until they are known. */
  check(news: Decoded): readonly CheckFailure[];
  /** `olds` are the outputs in the state, `news` the inputs wanted. */
  diff(olds: Properties, news: Properties): Diff;
  create(inputs: Decoded, call: Call): Promise<{ readonly id: string; readonly outs: Properties }>;
  /** The resource as it is; undefined if it is gone. */
  read(id: string, state: Decoded, call: Call): Promise<Properties | undefined>;
  update(id: string, olds: Decoded, news: Decoded, call: Call): Promise<Properties>;
  /** What is gone already is deleted. */
  delete(id: string, state: Decoded, call: Call): Promise<void>;
}

/** Replaces when one of these inputs differs from the state, nothing else matters. */
export function replaceOn(keys: readonly string[], olds: Properties, news: Properties): Diff {
  const replaces = keys.filter((key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]));
  return { changes: replaces.length > 0, replaces };
}

/** The `update` of a resource whose diff never asks for one. */
export function neverUpdated(id: string): Promise<Properties> {
  return Promise.reject(new Error(`${id} is replaced, never updated: its diff and its update disagree`));
}
