/** Temporary machines, as whatever runs on them wants to know them. */
import type { Input } from "@pulumi/pulumi";
import type { ConnectionArgs } from "../provider";

/** How to reach a machine over ssh, by itself or through a jump host. */
export type SshConnection = ConnectionArgs;

/** A temporary machine that builds. */
export interface Worker {
  readonly connection: SshConnection;
  /** Block device for /var/lib/containers, as named on the worker; absent on a machine that was there before. */
  readonly scratchDevice?: Input<string>;
  /** True if the machine is ours to power off. */
  readonly ownMachine: boolean;
  /** Changes when the machine is another one: what runs on it must run again. */
  readonly machineId: Input<string>;
}

/** A throw-away machine started from a published image. */
export interface BootedMachine {
  readonly connection: SshConnection;
  readonly machineId: Input<string>;
}

/** Whom a temporary machine is for: whatever its program makes bears both. */
export interface MachineOwner {
  /** Name of the stack that publishes: permissions may go by it. */
  readonly stack: string;
  /** Identity of that stack: sweeps go by it. */
  readonly identity: string;
}

/** Which try this is; a platform may look for its machine elsewhere than the tries before. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number;
  /** How many there are at most. */
  readonly of: number;
  /** @default a machine for nobody but the stack that it is in, as when a person starts one by hand */
  readonly madeFor?: MachineOwner;
}
