import * as pulumi from "@pulumi/pulumi";
import type { Store } from "../store";

export interface ImageGuardArgs {
  readonly store: pulumi.Input<Store>;
  /** Identity of this stack; a change replaces. */
  readonly identity: pulumi.Input<string>;
  /** `gN`; a change replaces. */
  readonly generation: pulumi.Input<string>;
  readonly imageName: pulumi.Input<string>;
  /** As the place knows it. Another id is another image: a change replaces, so that the old one is asked for, too. */
  readonly imageId: pulumi.Input<string>;
  /** Id of the place in the plan, `TARGET/PLACE`. */
  readonly place: pulumi.Input<string>;
  /** Stacks that promote from this one: `ORGANIZATION/PROJECT/NAME`. */
  readonly readers: pulumi.Input<readonly string[]>;
}

/**
 * Stands before one published image. As long as it is there, the image may be taken; deleting it fails if anybody uses the
 * image at that moment, or if that can't be found out. Declare it as depending on all resources of the image: the engine then
 * deletes it first, and deletes none of them if it refuses.
 */
export class ImageGuard extends pulumi.CustomResource {
  constructor(name: string, args: ImageGuardArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:ImageGuard", name, { ...args }, opts);
  }
}
