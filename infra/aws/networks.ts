/** Whether a machine in a subnet gets out, to registries and the store, and whether ssh gets in at its public address. */
import type { Route, RouteTable, Subnet } from "@aws-sdk/client-ec2";
import type { Finding } from "../platform";
import type { Clients } from "./ask";
import type { WantedMachine } from "./machines";

export async function routeTables(ec2: Clients["ec2"], subnets: readonly Subnet[]): Promise<RouteTable[]> {
  const { DescribeRouteTablesCommand } = await import("@aws-sdk/client-ec2");
  const vpcs = [...new Set(subnets.flatMap(({ VpcId }) => VpcId ?? []))];
  const tables: RouteTable[] = [];
  if (vpcs.length === 0) return tables;
  const Filters = [{ Name: "vpc-id", Values: vpcs }];
  let NextToken: string | undefined;
  do {
    const page = await ec2.send(new DescribeRouteTablesCommand({ Filters, ...(NextToken ? { NextToken } : {}) }));
    tables.push(...(page.RouteTables ?? []));
    NextToken = page.NextToken;
  } while (NextToken);
  return tables;
}

/** What the network lacks of each subnet that the machines of the settings may get, at its path. */
export function networkFindings(
  machines: readonly WantedMachine[],
  subnets: readonly Subnet[],
  tables: readonly RouteTable[],
): Finding[] {
  return machines.flatMap((machine) =>
    machine.subnets.flatMap(({ path, id }): Finding[] => {
      const subnet = subnets.find(({ SubnetId }) => SubnetId === id);
      const table = subnet && tableOf(subnet, tables);
      const lacks =
        subnet &&
        (addressProblem(subnet) ??
          (table && routeProblem(id, table, machine)) ??
          roomProblem(subnet, machine, subnets));
      return lacks ? [{ path, ...lacks }] : [];
    }),
  );
}

/** The table of its own, or the main one of its VPC. */
function tableOf({ SubnetId, VpcId }: Subnet, tables: readonly RouteTable[]): RouteTable | undefined {
  const own = tables.find(({ Associations = [] }) => Associations.some((one) => one.SubnetId === SubnetId));
  const main = tables.find(
    (table) => (table.VpcId ?? VpcId) === VpcId && (table.Associations ?? []).some((one) => one.Main === true),
  );
  return own ?? main;
}

const PUBLIC = "name a subnet whose route table sends 0.0.0.0/0 to an internet gateway";
const LED_OUT = "name a subnet whose route table sends 0.0.0.0/0 to a NAT gateway, or to whatever leads out";
const PRIVATE = "set address: private, where ssh reaches private addresses, e.g. over a VPN, or name a jumpHost";

function addressProblem({ SubnetId, Ipv6Native }: Subnet): Omit<Finding, "path"> | undefined {
  if (Ipv6Native !== true) return undefined;
  return {
    problem: `${SubnetId} has IPv6 alone: a machine there gets no IPv4 address, public or private, which ssh comes in by`,
    remedy: "name a subnet with an IPv4 range",
  };
}

/** A note where the next attempt finds room in another of its subnets. */
function roomProblem(
  subnet: Subnet,
  machine: WantedMachine,
  subnets: readonly Subnet[],
): Omit<Finding, "path"> | undefined {
  const isFull = ({ AvailableIpAddressCount: free }: Subnet) => free === 0;
  if (!isFull(subnet)) return undefined;
  const ids = machine.subnets.map(({ id }) => id);
  const isNote = subnets.some((one) => ids.includes(one.SubnetId ?? "") && !isFull(one));
  return {
    problem: `${subnet.SubnetId} has no free address: no machine starts there`,
    remedy: "name a larger subnet, or end what is in it",
    ...(isNote ? { note: true } : {}),
  };
}

function routeProblem(id: string, table: RouteTable, machine: WantedMachine) {
  const { operatorCidr, address } = machine;
  const { RouteTableId = "its route table", Routes = [] } = table;
  const [operator = ""] = operatorCidr.split("/");
  const back = routeTo(operator, Routes);
  // An address of each half of all there are: whatever registries have, both must have a way.
  const out = ["192.0.2.1", "8.8.8.8"].map((one) => routeTo(one, Routes));
  const carrier = out.find((route) => route?.CarrierGatewayId !== undefined);
  if (carrier !== undefined) {
    return {
      problem:
        `${id} leads out by ${targetOf(carrier)} in ${RouteTableId}, the carrier gateway of a Wavelength Zone: ` +
        "it takes only machines with an address of the carrier's, which ours are not given, and lets nobody in from the internet",
      remedy: address === "private" ? LED_OUT : PUBLIC,
    };
  }
  if (out.some((route) => route === undefined)) {
    const broken = Routes.find((route) => route.State === "blackhole" && route.DestinationCidrBlock === "0.0.0.0/0");
    const why = broken === undefined ? "" : ` (that to ${targetOf(broken)} is a blackhole: what it leads to is gone)`;
    const problem = `${id} has no route to the internet in ${RouteTableId}${why}: a machine there reaches no registry`;
    return address === "private"
      ? { problem, remedy: LED_OUT }
      : { problem: `${problem}, and nobody reaches it by ssh`, remedy: PUBLIC };
  }
  if (address === "private") return insideProblem(id, RouteTableId, machine, back);
  if (isGateway(back)) return undefined;
  const way = back === undefined ? "no route" : `a route by ${targetOf(back)} alone`;
  return {
    problem:
      `${id} has ${way} to ${operatorCidr} in ${RouteTableId}, and no internet gateway: ` +
      "a machine there gets out, but ssh does not get in at its public address",
    remedy: `${PUBLIC}; or ${PRIVATE}`,
  };
}

/** What goes out by a NAT gateway or an internet gateway has lost its private address: no answer of ssh gets back. */
function insideProblem(
  id: string,
  table: string,
  { operatorCidr, isBehindJumpHost }: WantedMachine,
  back: Route | undefined,
) {
  if (back !== undefined && !isGateway(back) && back.NatGatewayId === undefined) return undefined;
  const way = back === undefined ? "no route" : `a route by ${targetOf(back)} alone`;
  return {
    problem: `${id} has ${way} to ${operatorCidr} in ${table}: ssh from there reaches no private address`,
    remedy: isBehindJumpHost
      ? "write the address that the jump host has in that network into operatorCidr, e.g. 10.0.0.5/32"
      : "write the range that the VPN gives into operatorCidr, and let the route table have a way to it",
  };
}

function isGateway(route: Route | undefined): boolean {
  return route?.GatewayId?.startsWith("igw-") ?? false;
}

/** The most particular route that works. Prefix lists are not looked into: they name services, not everything. */
function routeTo(address: string, routes: readonly Route[]): Route | undefined {
  const fitting = routes
    .filter(({ State }) => State !== "blackhole")
    .map((route) => ({ route, bits: commonBits(address, route.DestinationCidrBlock) }))
    .filter(({ bits }) => bits !== undefined);
  return fitting.sort((a, b) => (b.bits ?? 0) - (a.bits ?? 0))[0]?.route;
}

/** Length of the range's prefix if the address is in it. */
function commonBits(address: string, range: string | undefined): number | undefined {
  const [first = "", prefix = ""] = range?.split("/") ?? [];
  const bits = Number(prefix);
  if (prefix === "" || !Number.isInteger(bits)) return undefined;
  const size = 2 ** (32 - bits);
  return Math.floor(toNumber(address) / size) === Math.floor(toNumber(first) / size) ? bits : undefined;
}

/** True if all of a range lies in another one, both as `ADDRESS/BITS`. */
export function isWithin(range: string, other: string): boolean {
  const [first = "", bits = "32"] = range.split("/");
  const common = commonBits(first, other);
  return common !== undefined && common <= Number(bits);
}

function toNumber(address: string): number {
  return address.split(".").reduce((number, byte) => number * 256 + Number(byte), 0);
}

function targetOf(route: Route): string {
  const { GatewayId, NatGatewayId, TransitGatewayId, VpcPeeringConnectionId, NetworkInterfaceId, InstanceId } = route;
  const all = [NatGatewayId, TransitGatewayId, VpcPeeringConnectionId, GatewayId, InstanceId, NetworkInterfaceId];
  return [...all, route.CarrierGatewayId, route.LocalGatewayId, route.CoreNetworkArn].find((one) => one) ?? "nothing";
}
