import * as pulumi from "@pulumi/pulumi";
import type { FeedArgs } from "../../../../provider/feed/feed-args";

export interface IbmDiskGrantArgs extends FeedArgs {
  /** The upload of the job that it is for. */
  readonly upload: pulumi.Input<string>;
  /** Where the bucket is, `jp-tok`. */
  readonly location: pulumi.Input<string>;
  readonly bucket: pulumi.Input<string>;
  readonly object: pulumi.Input<string>;
  /** Upload that the agent may put parts into, and nothing else. @default none: nobody asks */
  readonly uploadId?: pulumi.Input<string | undefined>;
  /** Cloud Object Storage as the worker reaches it. @default as this machine does */
  readonly endpoint?: pulumi.Input<string>;
}

/**
 * Gives an agent presigned URLs when it has a disk for Cloud Object Storage, one for each part, and others before those end: within an
 * hour, and with the upload. Neither they nor the keys that they are signed with are in this resource's state, in a log or in a command
 * line; the keys stay here. Declare it beside the command that runs the agent, not after it.
 */
export class IbmDiskGrant extends pulumi.CustomResource {
  constructor(name: string, args: IbmDiskGrantArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:IbmDiskGrant", name, { ...args, connection: pulumi.secret(args.connection) }, opts);
  }
}
