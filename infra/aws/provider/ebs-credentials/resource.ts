import * as pulumi from "@pulumi/pulumi";
import type { FeedArgs } from "../../../../provider/feed/feed-args";

export interface EbsCredentialsArgs extends FeedArgs {
  /** Snapshots that the agent may put blocks into, and nothing else. */
  readonly uploads: pulumi.Input<
    readonly pulumi.Input<{
      readonly region: pulumi.Input<string>;
      readonly snapshotId: pulumi.Input<string>;
      /** ARN of the role that is assumed, with a policy that allows no more than these snapshots. One for all. */
      readonly role: pulumi.Input<string>;
      /** Then the policy allows the use of its key too. @default false */
      readonly encrypted?: pulumi.Input<boolean>;
      /** ARN of that key. @default any of the region that EC2 uses */
      readonly kmsKeyId?: pulumi.Input<string>;
    }>[]
  >;
}

/**
 * Keeps an agent supplied with AWS credentials while it runs: each lives for an hour and can put blocks into the named
 * snapshots only. They go through ssh to a file on the worker's tmpfs; none is in this resource's state, in a log or in
 * a command line. Declare it beside the command that runs the agent, not after it: it is done when the agent is.
 */
export class EbsCredentials extends pulumi.CustomResource {
  constructor(name: string, args: EbsCredentialsArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:EbsCredentials", name, { ...args, connection: pulumi.secret(args.connection) }, opts);
  }
}
