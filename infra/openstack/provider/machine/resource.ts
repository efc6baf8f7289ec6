import * as pulumi from "@pulumi/pulumi";
import type { CloudChoice } from "../cloud/access";

export interface NovaMachineArgs {
  readonly cloud: pulumi.Input<CloudChoice>;
  /** Of the instance, its port and its floating IP; no other machine of the identity may have it. */
  readonly name: pulumi.Input<string>;
  /** Whose it is. */
  readonly identity: pulumi.Input<string>;
  /** Name or id, as are the following; of several images of a name the newest that is active. */
  readonly image: pulumi.Input<string>;
  /** One without a disk starts from a volume that goes with the instance. */
  readonly flavor: pulumi.Input<string>;
  readonly network: pulumi.Input<string>;
  readonly securityGroups: pulumi.Input<readonly string[]>;
  /** External network to take a floating IP from. @default none */
  readonly floatingNetwork?: pulumi.Input<string>;
  /** @default Nova's choice */
  readonly availabilityZone?: pulumi.Input<string>;
  /** Size of the volume that a flavor without a disk starts from, GiB. @default as the image needs */
  readonly diskGib?: pulumi.Input<number>;
  /** For cloud-init, over the config drive. Secret. */
  readonly userData: pulumi.Input<string>;
}

/** A temporary instance of Nova, with a port and, where asked for, a floating IP of its own: all go with it. */
export class NovaMachine extends pulumi.CustomResource {
  declare readonly serverId: pulumi.Output<string>;
  /** That ssh goes to. */
  declare readonly address: pulumi.Output<string>;

  constructor(name: string, args: NovaMachineArgs, opts?: pulumi.CustomResourceOptions) {
    const outputs = { serverId: undefined, address: undefined };
    super("builders:index:NovaMachine", name, { ...args, userData: pulumi.secret(args.userData), ...outputs }, opts);
  }
}
