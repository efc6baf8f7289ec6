/** A throw-away instance, whatever it is for: keys of its own, the way to log in, and what ends it. */
import * as pulumi from "@pulumi/pulumi";
import type { MachineOwner, SshConnection } from "../machine";
import { throughJumpHost } from "../login-connection";
import { throwaway } from "../throwaway";
import { choiceOf } from "./place";
import { NovaMachine, NovaSweep } from "./provider";
import type { OpenstackBoot, OpenstackPlace, OpenstackWorker } from "./settings";

export interface MachineArgs {
  /** Which cloud. */
  readonly place: OpenstackPlace | OpenstackWorker;
  readonly machine: OpenstackBoot;
  /** Name or id. */
  readonly image: pulumi.Input<string>;
  /** Size of the volume that a flavor without a disk starts from, GiB. @default as the image needs */
  readonly diskGib?: number;
  readonly lifetimeMinutes: number;
  readonly madeFor?: MachineOwner | undefined;
}

export class Machine extends pulumi.ComponentResource {
  readonly connection: SshConnection;
  readonly machineId: pulumi.Output<string>;

  constructor(name: string, args: MachineArgs, opts: pulumi.ComponentResourceOptions) {
    super("builders:openstack:Machine", name, {}, opts);
    const { place, image, lifetimeMinutes, madeFor, diskGib } = args;
    const child = { parent: this };
    // Everything there has the stack's name, so that whoever finds it knows whose it is.
    const whose = {
      cloud: choiceOf(place),
      name: `${pulumi.getStack()}-${name}`,
      identity: madeFor?.identity ?? "nobody",
    };
    const swept = new NovaSweep(`${name}-sweep`, whose, child);
    const { userData, reachedAt } = throwaway(name, lifetimeMinutes, child);
    const { flavor, network, securityGroups, floatingNetwork, availabilityZone, jumpHost } = args.machine;
    const machine = new NovaMachine(
      name,
      {
        ...{ ...whose, image, flavor, network, securityGroups, userData },
        ...(floatingNetwork === undefined ? {} : { floatingNetwork }),
        ...(availabilityZone === undefined ? {} : { availabilityZone }),
        ...(diskGib === undefined ? {} : { diskGib }),
      },
      { ...child, dependsOn: swept },
    );
    this.machineId = machine.id;
    const reached = reachedAt({ host: machine.address, port: 22, ...throughJumpHost(jumpHost) });
    this.connection = reached.connection;
    this.registerOutputs({ ...reached });
  }
}
