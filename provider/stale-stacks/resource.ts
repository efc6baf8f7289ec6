import * as pulumi from "@pulumi/pulumi";
import type { LeaseArgs } from "../ephemeral-stack/resource";

export interface StaleStacksArgs {
  /** Identity of this stack, which the names of its inner stacks begin with. A change replaces. */
  readonly namespace: pulumi.Input<string>;
  /** Folders of the inner programs, absolute. */
  readonly programs: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** Names of the EphemeralStack resources that there are in this run. */
  readonly current: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** Where those who work on inner stacks say so. @default nowhere */
  readonly lease?: pulumi.Input<LeaseArgs>;
}

/**
 * Destroys inner stacks that no resource of this stack stands for any more: what was left of an architecture that is gone
 * from the settings, a key that nobody builds again. Deleting it destroys every inner stack of the namespace. One that
 * somebody who lives works on is left, and named.
 */
export class StaleStacks extends pulumi.CustomResource {
  /** Names of the inner stacks that somebody worked on; looked at again in the next run. */
  declare readonly left: pulumi.Output<readonly string[]>;

  constructor(name: string, args: StaleStacksArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:StaleStacks", name, { ...args, left: undefined }, opts);
  }
}
