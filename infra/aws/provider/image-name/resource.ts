import * as pulumi from "@pulumi/pulumi";
import type { Owner } from "../../../../provider/owner";

/** What an image is made from: a snapshot of the same region, or an image of another. */
export type AwsImageOrigin =
  | { readonly snapshotId: pulumi.Input<string> }
  | { readonly imageId: pulumi.Input<string>; readonly region: pulumi.Input<string> };

export interface AwsImageNameArgs {
  readonly region: pulumi.Input<string>;
  /** Name of the image, exactly. A change replaces. */
  readonly name: pulumi.Input<string>;
  /** Name of the stack, for the tag that permissions go by. */
  readonly stack: pulumi.Input<string>;
  readonly owner: pulumi.Input<{ readonly [key in keyof Owner]: pulumi.Input<string> }>;
  /** Another snapshot makes the image again; another image does not: a copy that is there is no worse for it. */
  readonly origin: pulumi.Input<AwsImageOrigin>;
  /** A text that was not given before: the image is lost or was left half made. Taking it away changes nothing. */
  readonly again?: pulumi.Input<string>;
}

/**
 * The name of one AMI of ours in one region. Created before the image: it refuses a name that somebody else has, and
 * removes what a killed run left half made under it, which no state knows. Deleted after the image, which is retained:
 * deregistering it, and deleting the snapshot of a copy, is done here, and only for what this resource still owns.
 */
export class AwsImageName extends pulumi.CustomResource {
  /** Changes when the image has to be made again: its `replacementTrigger`. */
  declare readonly era: pulumi.Output<number>;
  declare readonly name: pulumi.Output<string>;
  /** What the image of this era is made from. */
  declare readonly origin: pulumi.Output<pulumi.Unwrap<AwsImageOrigin>>;

  constructor(name: string, args: AwsImageNameArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:AwsImageName", name, { ...args, era: undefined }, opts);
  }
}
