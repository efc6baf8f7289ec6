import * as pulumi from "@pulumi/pulumi";
import type { Owner } from "../../../../provider/owner";
import type { CloudChoice } from "../cloud/access";

export interface GlanceImageNameArgs {
  /** As of the GlanceImage that will have the name. */
  readonly cloud: pulumi.Input<CloudChoice>;
  readonly name: pulumi.Input<string>;
  readonly owner: pulumi.Input<{ readonly [K in keyof Owner]: pulumi.Input<Owner[K]> }>;
  /** The image is protected by us. @default false */
  readonly protected?: pulumi.Input<boolean>;
}

/**
 * Owns an image from before it is made: a GlanceImage whose run was killed is in no state. Deleting it deletes the images of this
 * name that bear the mark of that owner, and nothing else. Let the GlanceImage depend on it.
 */
export class GlanceImageName extends pulumi.CustomResource {
  constructor(name: string, args: GlanceImageNameArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:GlanceImageName", name, { ...args }, opts);
  }
}
