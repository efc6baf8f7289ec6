import * as pulumi from "@pulumi/pulumi";
import type { StoredObject } from "../../agent/spec";
import type { Store } from "../store";

export interface ArtifactArgs {
  readonly store: pulumi.Input<Store>;
  /** Object key of the commit record, `builds/STACK/KEY.json`. */
  readonly record: pulumi.Input<string>;
  /** Build key; a change replaces. */
  readonly key: pulumi.Input<string>;
  /** What the record names, by format. */
  readonly objects: pulumi.Input<Readonly<Record<string, StoredObject>>>;
}

/**
 * Owner of what a build stored: creating it only proves that the record and the objects are there, deleting it deletes
 * them, the record first. Declare what is made from the artifact as depending on this, so that it goes first.
 */
export class Artifact extends pulumi.CustomResource {
  declare readonly key: pulumi.Output<string>;
  declare readonly record: pulumi.Output<string>;
  declare readonly objects: pulumi.Output<Readonly<Record<string, StoredObject>>>;

  constructor(name: string, args: ArtifactArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:Artifact", name, { ...args }, opts);
  }
}
