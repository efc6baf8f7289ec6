import * as pulumi from "@pulumi/pulumi";

export interface AwsSweepArgs {
  readonly region: pulumi.Input<string>;
  /**
   * Sets of tags; what bears all tags of one set, exactly, is swept. Each has `Name`, which belongs to one temporary machine,
   * and the tag of an identity or a stack.
   */
  readonly bearing: pulumi.Input<readonly Readonly<Record<string, string>>[]>;
}

/**
 * Ends what a killed run was just making and no state knows, and what a machine left that was ended from outside: instances,
 * spot requests, volumes, network interfaces, then the key and the security group of one machine. Looks when it is created
 * and when it is deleted: depend on it with all of the machine.
 */
export class AwsSweep extends pulumi.CustomResource {
  constructor(name: string, args: AwsSweepArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:AwsSweep", name, { ...args }, opts);
  }
}
