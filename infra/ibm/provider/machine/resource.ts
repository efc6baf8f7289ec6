import * as pulumi from "@pulumi/pulumi";

export interface IbmMachineArgs {
  readonly region: pulumi.Input<string>;
  /** The subnet's. */
  readonly zone: pulumi.Input<string>;
  readonly profile: pulumi.Input<string>;
  /** An image by its id. @default a stock image by its name */
  readonly imageId?: pulumi.Input<string>;
  /** Name in IBM's catalogue. @default an image by its id */
  readonly stockImage?: pulumi.Input<string>;
  /** Operating system, of which the newest stock image is taken. @default an image by its id or name */
  readonly stockSystem?: pulumi.Input<string>;
  /** Names of what is there. */
  readonly vpc: pulumi.Input<string>;
  readonly subnet: pulumi.Input<string>;
  readonly resourceGroup: pulumi.Input<string>;
  /** Name of a reserved floating IP, which is never released. @default one of its own */
  readonly floatingIp?: pulumi.Input<string>;
  /** Which address ssh goes to; with `private` it gets no public one. */
  readonly address: pulumi.Input<"public" | "private">;
  /** Whom its security group lets in to port 22, an IPv4 range. */
  readonly operatorCidr: pulumi.Input<string>;
  /** Where it lets the machine connect to, IPv4 ranges. @default everywhere */
  readonly egress?: pulumi.Input<readonly string[]>;
  /** Size of a second volume, GiB. @default none */
  readonly scratchGib?: pulumi.Input<number>;
  /** For cloud-init. Secret. */
  readonly userData: pulumi.Input<string>;
  /** Identity of the stack whose it is: part of the names of all that it has. */
  readonly identity: pulumi.Input<string>;
  /** Its full name, that of its stack first; of another such name is another machine. */
  readonly physical: pulumi.Input<string>;
  readonly tags: pulumi.Input<Readonly<Record<string, string>>>;
}

/**
 * A temporary instance of VPC with its security group, volumes and floating IP: one resource, since whoever ends it, ends all
 * of that by name. What a killed run left of it goes before it is made.
 */
export class IbmMachine extends pulumi.CustomResource {
  declare readonly instanceId: pulumi.Output<string>;
  /** Where ssh goes. */
  declare readonly host: pulumi.Output<string>;
  /** Path on the machine; only where it has a second volume. */
  declare readonly scratchDevice: pulumi.Output<string>;

  constructor(name: string, args: IbmMachineArgs, opts?: pulumi.CustomResourceOptions) {
    const secret = { ...args, userData: pulumi.secret(args.userData) };
    const outputs = { instanceId: undefined, host: undefined, scratchDevice: undefined };
    super("builders:index:IbmMachine", name, { ...secret, ...outputs }, opts);
  }
}
