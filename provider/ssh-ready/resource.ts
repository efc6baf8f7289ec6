import * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "../ssh-client/connection-args";

export interface SshReadyArgs {
  /** How to reach the machine; `hostKey` is checked. */
  readonly connection: pulumi.Input<ConnectionArgs>;
  /** Identity of the machine. A change waits again. */
  readonly machine: pulumi.Input<string>;
}

/**
 * There once somebody can log in: 10 minutes at most, 1 minute where the wrong key or a refusal answers; Ctrl-C ends it at
 * once. Whatever dials by @pulumi/command depends on it: that plugin has no bound of its own for a port that accepts and
 * says nothing, and Ctrl-C does not end it there.
 */
export class SshReady extends pulumi.CustomResource {
  constructor(name: string, args: SshReadyArgs, opts?: pulumi.CustomResourceOptions) {
    super("builders:index:SshReady", name, { ...args, connection: pulumi.secret(args.connection) }, opts);
  }
}
