/** `aws.ec2.getSubnet`: the one subnet that matches. */
import { DescribeSubnetsCommand, type Subnet } from "@aws-sdk/client-ec2";
import { z } from "zod";
import type { PluginFunction } from "./plugin-function";
import { found } from "../errors";
import { fromList } from "../tags";
import { filterArgs, toFilters } from "./filters";

const schema = z.strictObject({
  ...filterArgs,
  id: z.string().optional(),
  availabilityZone: z.string().optional(),
  availabilityZoneId: z.string().optional(),
  cidrBlock: z.string().optional(),
  defaultForAz: z.boolean().optional(),
  ipv6CidrBlock: z.string().optional(),
  state: z.string().optional(),
  vpcId: z.string().optional(),
});
type Args = z.infer<typeof schema>;

export const getSubnet: PluginFunction<Args> = {
  schema,
  call: async (args, { clients, region }) => {
    const Filters = toFilters(args, {
      "availability-zone": args.availabilityZone,
      "availability-zone-id": args.availabilityZoneId,
      "cidr-block": args.cidrBlock,
      "default-for-az": args.defaultForAz === true ? "true" : undefined,
      "ipv6-cidr-block-association.ipv6-cidr-block": args.ipv6CidrBlock,
      state: args.state,
      "vpc-id": args.vpcId,
    });
    const command = new DescribeSubnetsCommand({
      ...(args.id !== undefined && { SubnetIds: [args.id] }),
      ...(Filters.length > 0 && { Filters }),
    });
    const subnets = (await found(clients.ec2(region).send(command)))?.Subnets ?? [];
    const [subnet] = subnets;
    if (subnet === undefined || subnets.length > 1) {
      const what = `aws.ec2.getSubnet in ${region}, ${JSON.stringify(args)}`;
      throw new Error(`${what}: ${subnets.length === 0 ? "no subnet matches" : `${subnets.length} subnets match`}`);
    }
    return { ...(args.filters && { filters: args.filters }), ...resultOf(subnet, region) };
  },
};

function resultOf(subnet: Subnet, region: string) {
  const dns = subnet.PrivateDnsNameOptionsOnLaunch;
  const ipv6 = subnet.Ipv6CidrBlockAssociationSet?.[0];
  return {
    arn: subnet.SubnetArn ?? "",
    assignIpv6AddressOnCreation: subnet.AssignIpv6AddressOnCreation ?? false,
    availabilityZone: subnet.AvailabilityZone ?? "",
    availabilityZoneId: subnet.AvailabilityZoneId ?? "",
    availableIpAddressCount: subnet.AvailableIpAddressCount ?? 0,
    cidrBlock: subnet.CidrBlock ?? "",
    customerOwnedIpv4Pool: subnet.CustomerOwnedIpv4Pool ?? "",
    defaultForAz: subnet.DefaultForAz ?? false,
    enableDns64: subnet.EnableDns64 ?? false,
    enableLniAtDeviceIndex: subnet.EnableLniAtDeviceIndex ?? 0,
    enableResourceNameDnsARecordOnLaunch: dns?.EnableResourceNameDnsARecord ?? false,
    enableResourceNameDnsAaaaRecordOnLaunch: dns?.EnableResourceNameDnsAAAARecord ?? false,
    id: subnet.SubnetId ?? "",
    ipv6CidrBlock: ipv6?.Ipv6CidrBlock ?? "",
    ipv6CidrBlockAssociationId: ipv6?.AssociationId ?? "",
    ipv6Native: subnet.Ipv6Native ?? false,
    mapCustomerOwnedIpOnLaunch: subnet.MapCustomerOwnedIpOnLaunch ?? false,
    mapPublicIpOnLaunch: subnet.MapPublicIpOnLaunch ?? false,
    outpostArn: subnet.OutpostArn ?? "",
    ownerId: subnet.OwnerId ?? "",
    privateDnsHostnameTypeOnLaunch: dns?.HostnameType ?? "",
    region,
    state: subnet.State ?? "",
    tags: fromList(subnet.Tags),
    vpcId: subnet.VpcId ?? "",
  };
}
