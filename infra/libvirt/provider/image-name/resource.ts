import * as pulumi from "@pulumi/pulumi";
import type { Owner } from "../../../../provider/owner";

export interface LibvirtImageNameArgs {
  /** As of the LibvirtImage that will have the name. */
  readonly uri: pulumi.Input<string>;
  readonly pool: pulumi.Input<string>;
  readonly name: pulumi.Input<string>;
  readonly owner: pulumi.Input<{ readonly [K in keyof Owner]: pulumi.Input<Owner[K]> }>;
}

/**
 * Owns the name of a volume from before it is pulled: a LibvirtImage whose run was killed is in no state. Deleting it deletes
 * the volume that bears the mark of that owner, and nothing else. Let the LibvirtImage depend on it.
 */
export class LibvirtImageName extends pulumi.CustomResource {
  constructor(name: string, args: LibvirtImageNameArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:LibvirtImageName", name, { ...args }, opts);
  }
}
