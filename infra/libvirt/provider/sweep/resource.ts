import * as pulumi from "@pulumi/pulumi";

export interface LibvirtSweepArgs {
  /** Connection URI of the hypervisor. */
  readonly uri: pulumi.Input<string>;
  /** Name of the domain that may be left. */
  readonly domain: pulumi.Input<string>;
  /** Pool of the volumes. */
  readonly pool: pulumi.Input<string>;
  /** Names of the volumes that may be left. */
  readonly volumes: pulumi.Input<readonly pulumi.Input<string>[]>;
}

/**
 * Sees to it that nothing of ours stays on a hypervisor: a domain that could not be started stays defined, and what was
 * being created when its engine was killed is in no state. Removes exactly this domain and these volumes when it is created
 * and when it is deleted; let what it guards depend on it, so that it is the first to come and the last to go.
 */
export class LibvirtSweep extends pulumi.CustomResource {
  constructor(name: string, args: LibvirtSweepArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:LibvirtSweep", name, { ...args }, opts);
  }
}
