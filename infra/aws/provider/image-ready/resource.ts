import * as pulumi from "@pulumi/pulumi";

export interface AwsImageReadyArgs {
  readonly region: pulumi.Input<string>;
  /** `ami-...`; a change replaces. */
  readonly imageId: pulumi.Input<string>;
  /** Of the image. */
  readonly name: pulumi.Input<string>;
  /** Name and identity of the stack that it belongs to. */
  readonly stack: pulumi.Input<string>;
  readonly identity: pulumi.Input<string>;
  /** True for a copy: its snapshots are its own, and are tagged as such. */
  readonly copied: pulumi.Input<boolean>;
}

/**
 * Waits until EC2 agrees that an AMI is available: several answers in a row must say so, because EC2 answers from several
 * machines that learn of it one after the other. Then tags its root snapshot with its id, which says that a state knows of
 * the image: one without was left half made by a killed run. Has nothing to delete: see `AwsImageName`.
 */
export class AwsImageReady extends pulumi.CustomResource {
  /** The same id, known once the image can be used. */
  declare readonly imageId: pulumi.Output<string>;
  declare readonly region: pulumi.Output<string>;

  constructor(name: string, args: AwsImageReadyArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:AwsImageReady", name, { ...args }, opts);
  }
}
