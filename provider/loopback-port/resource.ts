import * as pulumi from "@pulumi/pulumi";

export interface LoopbackPortArgs {
  /** Choose from these ports only, both ends included. @default any port that the kernel gives */
  readonly range?: pulumi.Input<{ readonly from: pulumi.Input<number>; readonly to: pulumi.Input<number> }>;
}

/**
 * A TCP port of 127.0.0.1 that was free when this resource was created, e.g. for a forward to a guest's ssh. Nothing
 * keeps it free until it is used.
 */
export class LoopbackPort extends pulumi.CustomResource {
  declare readonly port: pulumi.Output<number>;

  constructor(name: string, args: LoopbackPortArgs = {}, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:LoopbackPort", name, { ...args, port: undefined }, opts);
  }
}
