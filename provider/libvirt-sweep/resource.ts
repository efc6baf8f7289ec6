import * as pulumi from "@pulumi/pulumi";

export interface LibvirtSweepArgs {
  /** Connection URI of the hypervisor. */
  readonly uri: pulumi.Input<string>;
  /** What belongs to us: domains and volumes whose names begin with this. */
  readonly prefix: pulumi.Input<string>;
  /** Pools that may hold such volumes. */
  readonly pools: pulumi.Input<readonly pulumi.Input<string>[]>;
}

/**
 * Sees to it that nothing of ours stays on a hypervisor: a domain that could not be started stays defined, and what was
 * being created when its engine was killed is in no state. Removes every domain and volume of the prefix when it is
 * created and when it is deleted; let what it guards depend on it, so that it is the first to come and the last to go.
 */
export class LibvirtSweep extends pulumi.CustomResource {
  constructor(name: string, args: LibvirtSweepArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:LibvirtSweep", name, { ...args }, opts);
  }
}
