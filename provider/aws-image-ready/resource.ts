import * as pulumi from "@pulumi/pulumi";

export interface AwsImageReadyArgs {
  readonly region: pulumi.Input<string>;
  /** `ami-...`; a change replaces. */
  readonly imageId: pulumi.Input<string>;
}

/**
 * Waits until EC2 agrees that an AMI is available: several answers in a row must say so, because EC2 answers from several
 * machines that learn of it one after the other. Makes nothing, and has nothing to delete.
 */
export class AwsImageReady extends pulumi.CustomResource {
  /** The same id, known once the image can be used. */
  declare readonly imageId: pulumi.Output<string>;
  declare readonly region: pulumi.Output<string>;

  constructor(name: string, args: AwsImageReadyArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:AwsImageReady", name, { ...args }, opts);
  }
}
