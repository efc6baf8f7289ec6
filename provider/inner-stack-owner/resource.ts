import * as pulumi from "@pulumi/pulumi";
import type { LeaseArgs } from "../ephemeral-stack/resource";

export interface InnerStackOwnerArgs {
  /** Name of the EphemeralStack whose inner stack it is. */
  readonly resource: pulumi.Input<string>;
  /** As of that EphemeralStack. */
  readonly program: pulumi.Input<string>;
  readonly key: pulumi.Input<string>;
  readonly namespace: pulumi.Input<string>;
  readonly lease?: pulumi.Input<LeaseArgs>;
}

/**
 * Owns an inner stack from before it is made: an EphemeralStack whose run was killed is in no state. Deleting it destroys
 * what is left of that stack. Let the EphemeralStack depend on it, and let it depend on what the inner stack uses and on
 * the owner of what it stores: those go later.
 */
export class InnerStackOwner extends pulumi.CustomResource {
  constructor(name: string, args: InnerStackOwnerArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:InnerStackOwner", name, { ...args, stack: undefined }, opts);
  }
}
