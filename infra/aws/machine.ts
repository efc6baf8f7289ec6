/** A throw-away EC2 instance: a key and a security group of its own, a host key that we know, and the way to log in. */
import { UserError } from "../../contract/user-error";
import { getSubnetOutput, Instance, KeyPair, SecurityGroup } from "@pulumi/aws/ec2";
import type { Provider } from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { OWNER_TAG, STACK_TAG } from "../../provider";
import { AwsSweep } from "./provider";
import type { JumpHost } from "../jump-host";
import type { MachineOwner, SshConnection } from "../machine";
import { GROUP_DESCRIPTION, launchInputs, SCRATCH, type Launch } from "./launch";
import { regionProvider } from "./region-provider";
import { throughJumpHost } from "../login-connection";
import { throwaway } from "../throwaway";
import { ownTags } from "./tags";

export interface MachineArgs extends Launch {
  readonly region: string;
  readonly ami: pulumi.Input<string>;
  /** Whom our security group admits to port 22, an IPv4 range. */
  readonly operatorCidr: string;
  /** Where its security group lets it connect to. @default everywhere */
  readonly egress?: readonly string[];
  /** What ssh goes through. @default nothing */
  readonly jumpHost?: JumpHost;
  /** Minutes after boot when the instance powers off, which terminates it, whatever has become of us. */
  readonly lifetimeMinutes: number;
  /** @default the stack that it is in, by name */
  readonly madeFor: MachineOwner | undefined;
}

/**
 * What a later run must not move: it goes on with the instance that is there, found under yesterday's circumstances. The
 * official plugin would change volumes, groups and metadata options in place, by calls that no policy of ours grants.
 */
const AS_CREATED = [
  "ami",
  "associatePublicIpAddress",
  "ebsBlockDevices",
  "instanceInitiatedShutdownBehavior",
  "instanceMarketOptions",
  "instanceType",
  "metadataOptions",
  "rootBlockDevice",
  "subnetId",
  "tags",
  "userData",
  "volumeTags",
  "vpcSecurityGroupIds",
];

export class Machine extends pulumi.ComponentResource {
  readonly connection: SshConnection;
  readonly machineId: pulumi.Output<string>;
  /** Path of the scratch volume on the machine. */
  readonly scratchDevice: pulumi.Output<string> | undefined;

  constructor(name: string, args: MachineArgs, opts: pulumi.ComponentResourceOptions) {
    super("builders:aws:Machine", name, {}, opts);
    const provider = regionProvider(args.region);
    const inner = pulumi.getStack();
    const { stack = inner, identity } = args.madeFor ?? {};
    // What is made has the stack's name in its own, so that whoever finds it knows whose it is.
    const physical = `${inner}-${name}`;
    const tags = ownTags(stack, identity, physical, args.tags);

    const bearing = sweptTags(physical, stack, identity);
    const sweep = new AwsSweep(`${name}-sweep`, { region: args.region, bearing }, { parent: this });
    const child = { parent: this, provider, dependsOn: sweep };

    const { authorizedKey, userData, reachedAt } = throwaway(name, args.lifetimeMinutes, { parent: this });
    const keyPair = new KeyPair(
      `${name}-key`,
      { keyName: physical, publicKey: authorizedKey, tags },
      { ...child, ignoreChanges: ["tags"] },
    );
    const group = { ...args, name: `${name}-ssh`, physical, tags };
    const vpcSecurityGroupIds = args.securityGroups ?? [sshGroup(group, child).id];
    const instance = new Instance(
      name,
      {
        ami: args.ami,
        ...launchInputs(args),
        vpcSecurityGroupIds: [...vpcSecurityGroupIds],
        keyName: keyPair.keyName,
        userData,
        tags,
        volumeTags: tags,
      },
      { ...child, ignoreChanges: AS_CREATED },
    );

    this.machineId = instance.id;
    this.scratchDevice =
      args.scratchGib === undefined ? undefined : instance.ebsBlockDevices.apply((devices) => scratchPath(devices));
    const reached = reachedAt({
      host: pulumi
        .all([instance.id, args.address === "private" ? instance.privateIp : instance.publicIp, instance.instanceState])
        .apply(([id, address, state]) => sshAddress(id, address, state)),
      port: 22,
      ...throughJumpHost(args.jumpHost),
    });
    this.connection = reached.connection;
    this.registerOutputs({ ...reached });
  }
}

interface GroupArgs extends Pick<MachineArgs, "subnet" | "operatorCidr" | "egress"> {
  readonly name: string;
  /** As EC2 knows it. */
  readonly physical: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Lets ssh in from one range, and out what the settings say. EC2 filters neither its name servers nor its clock. */
function sshGroup(
  { name, physical, subnet, operatorCidr, egress = ["0.0.0.0/0"], tags }: GroupArgs,
  child: pulumi.CustomResourceOptions & { readonly provider: Provider },
): SecurityGroup {
  const { parent, provider } = child;
  return new SecurityGroup(
    name,
    {
      name: physical,
      description: GROUP_DESCRIPTION,
      vpcId: getSubnetOutput({ id: subnet }, { ...(parent === undefined ? {} : { parent }), provider }).vpcId,
      ingress: [{ protocol: "tcp", fromPort: 22, toPort: 22, cidrBlocks: [operatorCidr] }],
      egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: [...egress] }],
      tags,
    },
    { ...child, ignoreChanges: ["vpcId", "tags"] },
  );
}

/**
 * What left-overs of this very machine bear. Inner stacks are called `IDENTITY.RESOURCE.KEY8`; a version that knew no
 * identities called them `STACK.RESOURCE.KEY8`, and tagged with that.
 */
function sweptTags(physical: string, stack: string, identity: string | undefined): Record<string, string>[] {
  if (identity === undefined) return [{ Name: physical, [STACK_TAG]: stack }];
  const own = { Name: physical, [OWNER_TAG]: identity };
  if (!physical.startsWith(`${identity}.`)) return [own];
  const before = (text: string) => `${stack}${text.slice(identity.length)}`;
  return [own, { Name: before(physical), [STACK_TAG]: before(pulumi.getStack()) }];
}

/** One that was stopped by hand has no public one: the official plugin neither starts it again nor replaces it. */
export function sshAddress(id: string, address: string, state: string): string {
  if (address !== "") return address;
  throw new UserError(
    `instance ${id} is ${state} and has no address: did somebody stop it? ` +
      'Terminate it, then run "pulumi up" again',
  );
}

/**
 * Source: EC2 user guide, "Map NVMe disks": the serial number of a volume is its id without the hyphen; udev puts the bus
 * and the model before it, `nvme-Amazon_Elastic_Block_Store_` on Nitro.
 */
function scratchPath(devices: readonly { readonly deviceName: string; readonly volumeId: string }[]): string {
  const volume = devices.find(({ deviceName }) => deviceName === SCRATCH)?.volumeId;
  if (volume === undefined) throw new Error(`the instance has no volume ${SCRATCH}; run "pulumi up" again`);
  return `/dev/disk/by-id/*${volume.replace("-", "")}`;
}
