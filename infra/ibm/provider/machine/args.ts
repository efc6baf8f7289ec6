/** What a temporary instance is asked for by, and the request that makes it. */
import { z } from "zod";
import { UserError } from "../../../../contract/user-error";
import { identitySchema } from "../../../../provider/owner";
import type { IbmClients } from "../clients";
import { isUsable } from "../image/life";
import type { Thing } from "../shapes";
import { findStock, stockName } from "../stock";
import type { Vpc } from "../vpc";

export const machineSchema = z.object({
  region: z.string().min(1),
  zone: z.string().min(1),
  profile: z.string().min(1),
  /** One of these: an image of ours by its id, a stock image by its name, or the newest stock image of an operating system. */
  imageId: z.string().min(1).exactOptional(),
  stockImage: z.string().min(1).exactOptional(),
  stockSystem: z.string().min(1).exactOptional(),
  vpc: z.string().min(1),
  subnet: z.string().min(1),
  resourceGroup: z.string().min(1),
  floatingIp: z.string().min(1).exactOptional(),
  address: z.enum(["public", "private"]),
  operatorCidr: z.cidrv4(),
  egress: z.array(z.cidrv4()).min(1).exactOptional(),
  scratchGib: z.int().min(10).exactOptional(),
  userData: z.string().min(1),
  /** Whose it is, and which one of theirs. */
  identity: identitySchema,
  physical: z.string().min(1),
  tags: z.record(z.string(), z.string()),
});
export type MachineArgs = z.output<typeof machineSchema>;

/** What stands in the account before the machine does. */
export interface Ground {
  readonly group: string;
  readonly vpc: string;
  readonly subnet: string;
  readonly image: string;
  /** Reserved address to use. */
  readonly floatingIp?: Thing<"floating_ips">;
}

/** @throws UserError that names what is not there */
export async function findGround(args: MachineArgs, { account, vpc: open }: IbmClients): Promise<Ground> {
  const { region, zone, resourceGroup, floatingIp: reserved } = args;
  const vpc = open(region);
  const group = await account.resourceGroup(resourceGroup);
  const network = await vpc.named("vpcs", args.vpc);
  if (network === undefined) throw new UserError(`there is no VPC ${args.vpc} in ${region}`);
  const subnets = await vpc.list("subnets");
  const subnet = subnets.find((one) => one.name === args.subnet && one.vpc.id === network.id);
  if (subnet === undefined) throw new UserError(`VPC ${args.vpc} in ${region} has no subnet ${args.subnet}`);
  if (subnet.zone.name !== zone) {
    throw new UserError(`subnet ${args.subnet} is in zone ${subnet.zone.name}, not in ${zone}`);
  }
  const ground = { group, vpc: network.id, subnet: subnet.id, image: await imageOf(args, open(region)) };
  if (reserved === undefined) return ground;
  const floatingIp = await vpc.named("floating_ips", reserved);
  if (floatingIp === undefined) throw new UserError(`there is no floating IP ${reserved} in ${region}`);
  return { ...ground, floatingIp };
}

async function imageOf(args: MachineArgs, vpc: Vpc): Promise<string> {
  const { imageId, stockImage, stockSystem, region } = args;
  if (imageId !== undefined) return imageId;
  if (stockImage === undefined && stockSystem === undefined) {
    throw new Error("a machine is started from imageId, stockImage or stockSystem");
  }
  const image = await findStock(vpc, args);
  if (image === undefined) throw new UserError(`IBM has no ${stockName(args)} in ${region}`);
  if (!isUsable(image)) {
    throw new UserError(`${stockName(args)} in ${region} is ${image.status}: name a newer one`);
  }
  return image.id;
}

/** Of every volume: what IBM makes without being asked. */
const VOLUME_PROFILE = { name: "general-purpose" };

/**
 * Everything that it has goes with it. It is given no metadata service, and no key of VPC's: who may log in says the user data.
 * @param base name of it and, with an ending, of what it has
 */
export function instanceBody(args: MachineArgs, base: string, ground: Ground, securityGroup: string) {
  const { zone, profile, userData, scratchGib } = args;
  // Of each by itself: what names none is in the account's default group, where the key may have no right to make it.
  const group = { resource_group: { id: ground.group } };
  return {
    ...{ name: base, profile: { name: profile }, zone: { name: zone }, user_data: userData, ...group },
    ...{ vpc: { id: ground.vpc }, image: { id: ground.image }, metadata_service: { enabled: false } },
    primary_network_attachment: {
      name: "ssh",
      virtual_network_interface: {
        ...{ name: base, subnet: { id: ground.subnet }, security_groups: [{ id: securityGroup }] },
        ...{ auto_delete: true, ...group },
      },
    },
    boot_volume_attachment: {
      volume: { name: `${base}-root`, profile: VOLUME_PROFILE, ...group },
      delete_volume_on_instance_delete: true,
    },
    ...(scratchGib === undefined
      ? {}
      : {
          volume_attachments: [
            {
              volume: { name: scratchName(base), capacity: scratchGib, profile: VOLUME_PROFILE, ...group },
              delete_volume_on_instance_delete: true,
            },
          ],
        }),
  };
}

export function scratchName(base: string): string {
  return `${base}-scratch`;
}

/** IBM's own services, name servers and clock among them. Source: IBM's guide "Service endpoints for VPC", infrastructure. */
const IBM_SERVICES = "161.26.0.0/16";

/** In from the operator to ssh, and out to everywhere, or to what the settings say. */
export function securityGroupBody({ operatorCidr, egress }: MachineArgs, base: string, { vpc, group }: Ground) {
  const outbound = { direction: "outbound", ip_version: "ipv4", protocol: "any" };
  return {
    ...{ name: base, vpc: { id: vpc }, resource_group: { id: group } },
    rules: [
      {
        ...{ direction: "inbound", ip_version: "ipv4", protocol: "tcp", port_min: 22, port_max: 22 },
        remote: { cidr_block: operatorCidr },
      },
      ...(egress === undefined
        ? [outbound]
        : [IBM_SERVICES, ...egress].map((range) => ({ ...outbound, remote: { cidr_block: range } }))),
    ],
  };
}
