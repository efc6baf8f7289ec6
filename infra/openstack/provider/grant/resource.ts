import * as pulumi from "@pulumi/pulumi";
import type { FeedArgs } from "../../../../provider/feed/feed-args";
import type { CloudChoice } from "../cloud/access";

export interface GlanceGrantArgs extends FeedArgs {
  /** The upload of the job that it is for. */
  readonly upload: pulumi.Input<string>;
  /** Which cloud: credentials are read from clouds.yaml when they are needed, and are in no state. */
  readonly cloud: pulumi.Input<CloudChoice>;
  /** Image that the agent may put the bytes of, and nothing else. @default none: nobody asks */
  readonly imageId?: pulumi.Input<string | undefined>;
  /** Glance as the worker reaches it. @default as this machine does */
  readonly endpoint?: pulumi.Input<string>;
}

/**
 * Gives an agent a token when it has a disk for Glance, and another one when that ends: of an application credential whose access
 * rules name one call, made then and deleted when the agent is done. None is in this resource's state, in a log or in a command
 * line. Declare it beside the command that runs the agent, not after it.
 */
export class GlanceGrant extends pulumi.CustomResource {
  constructor(name: string, args: GlanceGrantArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:GlanceGrant", name, { ...args, connection: pulumi.secret(args.connection) }, opts);
  }
}
