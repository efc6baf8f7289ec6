/** Temporary machines, as whatever runs on them wants to know them. */
import type { Input } from "@pulumi/pulumi";

/** How to reach a machine over ssh; `hostKey` is known beforehand and always checked. */
export interface SshConnection {
  readonly host: Input<string>;
  /** @default 22 */
  readonly port: Input<number>;
  readonly user: Input<string>;
  /** OpenSSH private key. Secret. */
  readonly privateKey: Input<string>;
  /** OpenSSH public host key, `ssh-ed25519 AAAA...`. */
  readonly hostKey: Input<string>;
}

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
