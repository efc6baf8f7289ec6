import * as pulumi from "@pulumi/pulumi";
import type { ImagesByPlace } from "../holds";
import type { Store } from "../store";

export interface HoldArgs {
  /** Of the stack that builds. */
  readonly store: pulumi.Input<Store>;
  /** Identity of the stack that builds; a change replaces. */
  readonly owner: pulumi.Input<string>;
  /** Its name, for people. */
  readonly from: pulumi.Input<string>;
  /** `gN`; a change replaces. */
  readonly generation: pulumi.Input<string>;
  /** Identity of this stack; a change replaces. */
  readonly reader: pulumi.Input<string>;
  /** Name of this stack, for people. */
  readonly stack: pulumi.Input<string>;
  /** What of the generation is used: id of the image, by the id of its place. */
  readonly images: pulumi.Input<ImagesByPlace>;
  /** Generations that this stack has held until now or is going to hold: any other hold of it there ends when this one is made. */
  readonly known: pulumi.Input<readonly string[]>;
}

/**
 * That this stack uses a generation of another one, or may go back to it: an object in that one's store. As long as it is
 * there, none of the images is deleted. Creating it fails if one of them is being deleted already.
 */
export class Hold extends pulumi.CustomResource {
  declare readonly generation: pulumi.Output<string>;

  constructor(name: string, args: HoldArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:Hold", name, { ...args }, opts);
  }
}
