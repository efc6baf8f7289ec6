import * as pulumi from "@pulumi/pulumi";
import type { StoredObject } from "../../../../contract/commit-record";
import type { Owner } from "../../../../provider/owner";
import type { Store } from "../../../../provider/store";
import type { CloudChoice } from "../cloud/access";
import type { Visibility } from "../cloud/glance";

export interface SentDisk {
  readonly imageId: string;
  /** Build key, 64 hex digits. */
  readonly key: string;
  /** Of what was sent, hex. */
  readonly md5: string;
  readonly sha512: string;
}

export interface GlanceImageArgs {
  /** Which cloud: credentials are read from clouds.yaml when they are needed, and are in no state. */
  readonly cloud: pulumi.Input<CloudChoice>;
  readonly name: pulumi.Input<string>;
  /** Size of the raw disk, bytes. */
  readonly sizeBytes: pulumi.Input<number>;
  /** sha256 of the raw disk, hex: checked before the last of it is sent. A change replaces. */
  readonly sha256: pulumi.Input<string>;
  /** The disk in the store, one zstd stream. */
  readonly object: pulumi.Input<StoredObject>;
  readonly store: pulumi.Input<Store>;
  /** Whose the image is: in its properties, and looked at before it is deleted. */
  readonly owner: pulumi.Input<{ readonly [Key in keyof Owner]: pulumi.Input<Owner[Key]> }>;
  /** What a worker has put into an image that was begun for it: that one is taken, if its sum is right. @default nothing */
  readonly sent?: pulumi.Input<SentDisk | undefined>;
  /** Properties of the image. A change is made in place. */
  readonly properties?: pulumi.Input<Readonly<Record<string, string>>>;
  /** @default private */
  readonly visibility?: pulumi.Input<Visibility>;
  /** Ids of the projects that a shared image is offered to; each has to accept it. @default none */
  readonly members?: pulumi.Input<readonly string[]>;
  /** Nobody deletes it by mistake; this resource still does. @default false */
  readonly protected?: pulumi.Input<boolean>;
  /** A text that was not given before replaces: the image is lost. Taking it away changes nothing. */
  readonly again?: pulumi.Input<string>;
}

/**
 * An image of Glance with a disk: put there by the worker that built it, else raw, from the store, by this machine. Nobody else sees it before Glance's own sum of its
 * bytes is that of the disk. Deleting removes only what still bears the owner's mark.
 */
export class GlanceImage extends pulumi.CustomResource {
  declare readonly imageId: pulumi.Output<string>;
  /** How long it took until its bytes were right. */
  declare readonly seconds: pulumi.Output<number>;
  /** Whose it is in Glance: seen from another project it would look as if it were gone. */
  declare readonly projectId: pulumi.Output<string>;

  constructor(name: string, args: GlanceImageArgs, opts?: pulumi.CustomResourceOptions) {
    super(
      "builders:index:GlanceImage",
      name,
      { ...args, imageId: undefined, seconds: undefined, projectId: undefined },
      opts,
    );
  }
}
