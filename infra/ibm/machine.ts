/** A throw-away instance: its keys, its end, and how it is reached, are what every such machine has. */
import * as pulumi from "@pulumi/pulumi";
import { OWNER_TAG, STACK_TAG } from "../../provider";
import { addressFor } from "../jump-host";
import type { MachineOwner, SshConnection } from "../machine";
import { throughJumpHost } from "../login-connection";
import { throwaway } from "../throwaway";
import { IbmMachine, type IbmMachineArgs } from "./provider";
import type { IbmBoot } from "./settings";

/** Of a machine that a person starts by hand, in a stack without an identity. */
const NOBODY = "aaaaaaaaaaaa";

type Started = Pick<IbmMachineArgs, "imageId" | "stockImage" | "stockSystem" | "scratchGib" | "egress">;

export interface MachineArgs extends IbmBoot, Started {
  readonly region: string;
  readonly profile: string;
  readonly resourceGroup: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Minutes after boot when it powers itself off; it is there, and paid for in part, until it is swept. */
  readonly lifetimeMinutes: number;
  /** @default nobody but the stack that it is in */
  readonly madeFor: MachineOwner | undefined;
}

export class Machine extends pulumi.ComponentResource {
  readonly connection: SshConnection;
  readonly machineId: pulumi.Output<string>;
  /** Only where a second volume was asked for. */
  readonly scratchDevice: pulumi.Output<string>;

  constructor(name: string, args: MachineArgs, opts: pulumi.ComponentResourceOptions) {
    super("builders:ibm:Machine", name, {}, opts);
    const child = { parent: this };
    const { lifetimeMinutes, madeFor, address: _address, jumpHost, operatorCidr, tags, ...more } = args;
    const inner = pulumi.getStack();
    const { stack = inner, identity = NOBODY } = madeFor ?? {};
    const { userData, reachedAt } = throwaway(name, lifetimeMinutes, child);
    const machine = new IbmMachine(
      `${name}-machine`,
      {
        ...more,
        ...{ address: addressFor(args), operatorCidr, userData, identity },
        physical: `${inner}-${name}`,
        tags: { ...tags, [STACK_TAG]: stack, [OWNER_TAG]: identity },
      },
      child,
    );
    this.machineId = machine.instanceId;
    this.scratchDevice = machine.scratchDevice;
    const reached = reachedAt({ host: machine.host, port: 22, ...throughJumpHost(jumpHost) });
    this.connection = reached.connection;
    this.registerOutputs({ ...reached });
  }
}
