import * as pulumi from "@pulumi/pulumi";
import type { Store } from "../../../../provider/store";

export interface IbmDiskUploadArgs {
  /** Where the bucket is, `jp-tok`. */
  readonly location: pulumi.Input<string>;
  readonly bucket: pulumi.Input<string>;
  /** Name that the object will have, which ends with `.qcow2`. */
  readonly object: pulumi.Input<string>;
  /** Build key. A change replaces. */
  readonly key: pulumi.Input<string>;
  /** Identity of the machine that writes. A change replaces: another machine builds another disk. */
  readonly machine: pulumi.Input<string>;
  /** Identity of the stack whose it is. */
  readonly identity: pulumi.Input<string>;
  /** The commit record: if it names the upload, deleting this resource leaves the upload to who publishes it. */
  readonly record: pulumi.Input<{ readonly store: pulumi.Input<Store>; readonly object: pulumi.Input<string> }>;
}

/**
 * An upload in Cloud Object Storage that waits for parts while a worker lives: begun here, filled by the worker, made an object by an
 * `IbmDiskObject` elsewhere. Where none can be begun there is none, and a warning says why. Goes with the worker unless the commit
 * record says that the disk is in it.
 */
export class IbmDiskUpload extends pulumi.CustomResource {
  /** Undefined: the worker sends nothing. */
  declare readonly uploadId: pulumi.Output<string | undefined>;

  constructor(name: string, args: IbmDiskUploadArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:IbmDiskUpload", name, { ...args, uploadId: undefined }, opts);
  }
}
