import * as pulumi from "@pulumi/pulumi";

export interface AwsSweepArgs {
  readonly region: pulumi.Input<string>;
  /** Value of the tag `Name`, exactly: what bears it belongs to one temporary machine. */
  readonly machine: pulumi.Input<string>;
  /** Name of the stack, value of the tag `copr-builders-stack`: only what bears both is touched. */
  readonly stack: pulumi.Input<string>;
}

/**
 * Ends what a killed run was just making and no state knows: instances (their volumes go with them), then the security
 * group and the key of one machine. Looks when it is created and when it is deleted: depend on it with all of the machine.
 */
export class AwsSweep extends pulumi.CustomResource {
  constructor(name: string, args: AwsSweepArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:AwsSweep", name, { ...args }, opts);
  }
}
