import * as pulumi from "@pulumi/pulumi";
import type { DiskEncoding } from "../../../../contract/bodies";
import type { Store } from "../../../../provider/store";
import type { CloudChoice } from "../cloud/access";

export interface GlanceUploadArgs {
  /** Which cloud: credentials are read from clouds.yaml when they are needed, and are in no state. */
  readonly cloud: pulumi.Input<CloudChoice>;
  /** Build key. A change replaces. */
  readonly key: pulumi.Input<string>;
  /** Identity of the machine that writes. A change replaces: another machine builds another disk. */
  readonly machine: pulumi.Input<string>;
  /** Identity of the stack whose it is. */
  readonly identity: pulumi.Input<string>;
  /** What the worker sends. A change replaces. */
  readonly encoding: pulumi.Input<DiskEncoding>;
  /** Glance as the worker reaches it. A change replaces. @default as this machine does */
  readonly endpoint?: pulumi.Input<string>;
  /** The commit record: if it names the image, deleting this resource leaves the image to who publishes it. */
  readonly record: pulumi.Input<{ readonly store: pulumi.Input<Store>; readonly object: pulumi.Input<string> }>;
}

/**
 * An image of Glance that waits for its bytes while a worker lives: begun here, filled by the worker, made an image of a generation
 * by a `GlanceImage` elsewhere. Where the cloud can't let a worker do that and no more there is none, and a warning says why. Goes
 * with the worker unless the commit record says that the disk is in it.
 */
export class GlanceUpload extends pulumi.CustomResource {
  /** Undefined: the worker sends nothing. */
  declare readonly imageId: pulumi.Output<string | undefined>;

  constructor(name: string, args: GlanceUploadArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:GlanceUpload", name, { ...args, imageId: undefined }, opts);
  }
}
