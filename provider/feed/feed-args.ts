/** Inputs that resources which feed an agent have in common, for programs. */
import type * as pulumi from "@pulumi/pulumi";
import type { ConnectionArgs } from "../ssh-client/connection-args";

export interface FeedArgs {
  /** How to reach the worker; `hostKey` is checked. */
  readonly connection: pulumi.Input<ConnectionArgs>;
  /** Paths on the worker: the agent's program, and the folder of its job. */
  readonly program: pulumi.Input<string>;
  readonly folder: pulumi.Input<string>;
  /** Identity of the worker. A change replaces. */
  readonly machine: pulumi.Input<string>;
  /** After so many minutes it gives up, whatever the agent does. @default 180 */
  readonly lifetimeMinutes?: pulumi.Input<number>;
}
