import * as pulumi from "@pulumi/pulumi";
import type { Store } from "../store";

export interface ArtifactArgs {
  readonly store: pulumi.Input<Store>;
  /** Object key of the commit record, `builds/IDENTITY/KEY.json`; a change replaces. */
  readonly record: pulumi.Input<string>;
  /** Build key; a change replaces. */
  readonly key: pulumi.Input<string>;
  /** Every other object that a build of this key may store. */
  readonly objects: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** Identity of the stack: what else bears it and this key is part of the artifact. */
  readonly identity: pulumi.Input<string>;
  /** Regions of AWS that may have snapshots of the disk. @default none */
  readonly regions?: pulumi.Input<readonly string[]>;
}

/**
 * Owner of what a build stores: there before the build begins, so that whatever a run leaves has an owner. Deleting it
 * deletes all of that, the commit record last. Declare what is made from the artifact as depending on this, so that it
 * goes first.
 */
export class Artifact extends pulumi.CustomResource {
  declare readonly key: pulumi.Output<string>;
  declare readonly record: pulumi.Output<string>;

  constructor(name: string, args: ArtifactArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:Artifact", name, { ...args }, opts);
  }
}
