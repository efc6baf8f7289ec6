import * as pulumi from "@pulumi/pulumi";
import type { ExpectedBuild } from "../../contract/schemas/commit-record";
import type { Store } from "../store";

/** Plain data, as configuration can hold it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A record of finished work in an object store. */
export interface RecordArgs {
  readonly store: pulumi.Input<Store>;
  /** Object key of the record, a JSON object. */
  readonly object: pulumi.Input<string>;
  /**
   * Field of the record that names its objects: a map or list of `{object, sizeBytes}`.
   * @default "objects"
   */
  readonly objectsField?: pulumi.Input<string>;
  /**
   * For the commit record of a build: what its worker can't choose. A record that says otherwise is refused, and the work
   * done again; of one that is taken, sizes, snapshots and time are asked of the store and of AWS.
   * @default it may name whatever it likes
   */
  readonly build?: pulumi.Input<{ readonly [name in keyof ExpectedBuild]: pulumi.Input<ExpectedBuild[name]> }>;
  /**
   * A record that is there before the work counts as done only if one of these public keys has signed it: an object of the same
   * store. What the work itself leaves is signed afterwards. @default it need not be signed
   */
  readonly signed?: pulumi.Input<{
    readonly signature: pulumi.Input<string>;
    readonly trusted: pulumi.Input<readonly string[]>;
  }>;
}

/** Where those who work on inner stacks say so, each stack in an object of its own. */
export interface LeaseArgs {
  readonly store: pulumi.Input<Store>;
  /** Folder of the store, without a slash at its end. */
  readonly folder: pulumi.Input<string>;
}

/** Rules that each run of the program is held against. */
export interface PolicyPackArgs {
  /** Folder of the pack, absolute. */
  readonly folder: pulumi.Input<string>;
  /** File of the pack's settings, as `--policy-pack-config` takes it. @default as the pack has them */
  readonly config?: pulumi.Input<string>;
}

export interface EphemeralStackArgs {
  /** Folder of an ordinary Pulumi program, absolute. */
  readonly program: pulumi.Input<string>;
  /** Identity of the work. A change of it replaces this resource; a change of anything else does nothing. */
  readonly key: pulumi.Input<string>;
  /**
   * Another text where the work has to be done again although its key is the same. Taking it away changes nothing.
   * @default once is enough
   */
  readonly again?: pulumi.Input<string>;
  /** Keys that meant the same work before: a resource that has one of them takes the new key, and nothing runs. @default [] */
  readonly formerKeys?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /**
   * What the inner stack's name begins with: something of this stack's own that stays when the stack is renamed.
   * @default the name of this stack
   */
  readonly namespace?: pulumi.Input<string>;
  /**
   * Lets every machine see who works on the inner stack: one that another machine left locked when it was ended is taken
   * over after three minutes, and never one whose owner lives. @default what is locked by another machine is refused
   */
  readonly lease?: pulumi.Input<LeaseArgs>;
  /** Configuration of the program: `KEY` of its own project, or `PROJECT:KEY`. A value that is secret stays secret. */
  readonly config?: pulumi.Input<Readonly<Record<string, pulumi.Input<unknown>>>>;
  /** Same, all of it secret. Each takes a third of a second to set: put what belongs together into one object. */
  readonly secrets?: pulumi.Input<Readonly<Record<string, pulumi.Input<unknown>>>>;
  /** What breaks a rule of it is not made, and not tried again. @default none */
  readonly policyPack?: pulumi.Input<PolicyPackArgs>;
  /**
   * How often the program is run before giving up. Each goes on with what is there, after a refresh, unless something may
   * be half made: see `continues`. @default 2
   */
  readonly attempts?: pulumi.Input<number>;
  /**
   * In how many ways the work can be done, e.g. by different machines: each has so many `attempts`, one way after the other.
   * The next one is begun, from nothing, where a resource failed that is not of `workTypes`. @default 1
   */
  readonly alternatives?: pulumi.Input<number>;
  /** Types of resource whose failure is that of the work itself: it would fail in any other way too. @default [] */
  readonly workTypes?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /**
   * Types of resource whose create goes on with what an earlier, failed or killed one left, e.g. a command that follows a
   * detached job. If the create of any other type failed or was killed, everything is destroyed before the program is run
   * again: what no state knows of can't be gone on with. @default []
   */
  readonly continues?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /**
   * Types of resource that are made in seconds, by a plugin that may wait for ever: one that is not there after three minutes
   * ends its attempt. @default []
   */
  readonly quickTypes?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** Bound of all attempts together, minutes. Destroying has its own bound, 20 minutes. @default 120 */
  readonly timeoutMinutes?: pulumi.Input<number>;
  /** Leave what a failed last attempt made, and print how to enter it and how to end it. @default false */
  readonly keepOnFailure?: pulumi.Input<boolean>;
  /**
   * Names of resources, `*` for any characters, whose left-over stacks this one makes obsolete, like those of its own other
   * keys: they are destroyed first. Looked for under `namespace` and under the name of this stack. For work whose name changes with its key: what a killed run left under the old name is taken up by nobody.
   */
  readonly supersedes?: pulumi.Input<string>;
  /** Texts in the program's log that say that another attempt would fail in the same way. @default [] */
  readonly finalErrors?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** Types of resource whose failure is the answer that was asked for, not an accident: no other attempt. @default [] */
  readonly finalTypes?: pulumi.Input<readonly pulumi.Input<string>[]>;
  /**
   * Where the program leaves a record of its work. If it is there already, and every object that it names is there with
   * its size, no stack is made. The record is then the output `artifact`, and nothing else is put out.
   */
  readonly record?: pulumi.Input<RecordArgs>;
  /**
   * Key of the program's configuration that gets the number of the attempt, 1 for the first, counted through all
   * `alternatives`; the program may then try another place than the attempts before. A stack that is taken up counts from
   * the first attempt of the alternative that it had come to, where this machine knows it, else from 1. @default none is told
   */
  readonly attemptKey?: pulumi.Input<string>;
  /** What people should read beside the number of each attempt, e.g. the place that it tries. @default [] */
  readonly attemptNames?: pulumi.Input<readonly pulumi.Input<string>[]>;
}

/**
 * Runs another Pulumi program to completion, keeps its outputs, and destroys what it made.
 *
 * The inner stack has this stack's backend and secrets provider, and the name `NAMESPACE.NAME.KEY8`: what a killed run
 * leaves is visible in `pulumi stack ls`, and the next `pulumi up` takes it up again.
 */
export class EphemeralStack extends pulumi.CustomResource {
  /** Outputs of the program; with `record` exactly `{artifact: RECORD}`. Its secrets stay secret. */
  declare readonly outputs: pulumi.Output<Readonly<Record<string, unknown>>>;
  /** How long the program and its end took; 0 when the record was there. */
  declare readonly seconds: pulumi.Output<number>;
  /** Name of the inner stack. */
  declare readonly stack: pulumi.Output<string>;

  constructor(name: string, args: EphemeralStackArgs, opts?: pulumi.CustomResourceOptions) {
    const secrets = args.secrets === undefined ? {} : { secrets: pulumi.secret(args.secrets) };
    const outputs = { outputs: undefined, seconds: undefined, stack: undefined };
    super("builders:index:EphemeralStack", name, { ...args, ...secrets, ...outputs }, opts);
  }
}
