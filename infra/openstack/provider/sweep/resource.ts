import * as pulumi from "@pulumi/pulumi";
import type { CloudChoice } from "../cloud/access";

export interface NovaSweepArgs {
  readonly cloud: pulumi.Input<CloudChoice>;
  /** As of the NovaMachine. */
  readonly name: pulumi.Input<string>;
  readonly identity: pulumi.Input<string>;
}

/**
 * Ends what a killed run has left of a NovaMachine, when it is created and when it is deleted: let the machine depend on it.
 */
export class NovaSweep extends pulumi.CustomResource {
  constructor(name: string, args: NovaSweepArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:NovaSweep", name, { ...args }, opts);
  }
}
