/** Security groups of the user's own: there, in the network of the machines, and open to what machines need. */
import type { IpPermission, SecurityGroup, Subnet } from "@aws-sdk/client-ec2";
import type { Finding } from "../platform";
import type { Clients } from "./ask";
import type { WantedMachine } from "./machines";
import { isEverywhere } from "../everywhere";
import { isWithin } from "./networks";

/** Those that the machines name and the region has. */
export async function lookAtGroups(
  ec2: Clients["ec2"],
  machines: readonly WantedMachine[],
): Promise<readonly SecurityGroup[]> {
  const ids = [...new Set(machines.flatMap(({ groups }) => groups?.ids ?? []))];
  if (ids.length === 0) return [];
  const { DescribeSecurityGroupsCommand } = await import("@aws-sdk/client-ec2");
  // By a filter: one unknown id would fail the request for all.
  const command = new DescribeSecurityGroupsCommand({ Filters: [{ Name: "group-id", Values: ids }] });
  return (await ec2.send(command)).SecurityGroups ?? [];
}

interface Seen {
  readonly subnets: readonly Subnet[];
  readonly groups: readonly SecurityGroup[];
}

export function groupFindings(region: string, machines: readonly WantedMachine[], seen: Seen): Finding[] {
  return machines.flatMap((machine) => {
    if (machine.groups === undefined) return [];
    const { path, ids } = machine.groups;
    const found = ids.map((id, index) => ({
      ...{ id, path: `${path}[${index}]` },
      group: seen.groups.find(({ GroupId }) => GroupId === id),
    }));
    const gone = found
      .filter(({ group }) => group === undefined)
      .map(({ id, path }) => ({
        ...{ path, problem: `${region} has no security group ${id}` },
        remedy: "name a group of that region",
      }));
    const there = found.flatMap(({ group, ...one }) => (group === undefined ? [] : [{ ...one, group }]));
    const apart = there.flatMap((one) => elsewhere(one, machine, seen.subnets));
    // Groups add up: what one of them opens is open. Of those that are not seen nothing is known.
    const open = gone.length > 0 ? [] : openings(path, machine, there);
    return [...gone, ...apart, ...open, ...there.flatMap((one) => wide(one, machine))];
  });
}

interface NamedGroup {
  readonly id: string;
  readonly path: string;
  readonly group: SecurityGroup;
}

function elsewhere({ id, path, group }: NamedGroup, machine: WantedMachine, subnets: readonly Subnet[]): Finding[] {
  const other = machine.subnets
    .map((one) => subnets.find(({ SubnetId }) => SubnetId === one.id))
    .find((subnet) => subnet?.VpcId !== undefined && group.VpcId !== undefined && subnet.VpcId !== group.VpcId);
  if (other === undefined) return [];
  return [
    {
      path,
      problem: `${id} is a group of ${group.VpcId ?? "?"}, and the subnet ${other.SubnetId ?? "?"} is in ${other.VpcId ?? "?"}`,
      remedy: "name groups and subnets of one VPC",
    },
  ];
}

/** The rules of reviewers see no group that is there already. */
function wide({ id, path, group: { IpPermissions = [] } }: NamedGroup, { operatorCidr }: WantedMachine): Finding[] {
  const ranges = IpPermissions.flatMap(({ IpRanges = [], Ipv6Ranges = [] }) => [
    ...IpRanges.map(({ CidrIp = "" }) => CidrIp),
    ...Ipv6Ranges.map(({ CidrIpv6 = "" }) => CidrIpv6),
  ]).filter(isEverywhere);
  if (ranges.length === 0) return [];
  const problem = `${id} lets ${[...new Set(ranges)].join(", ")} in, to machines that build`;
  return [{ path, problem, remedy: `let it admit ${operatorCidr} alone; nothing stops for that`, note: true }];
}

function openings(path: string, { operatorCidr }: WantedMachine, named: readonly NamedGroup[]): Finding[] {
  const all = named.map(({ id }) => id).join(", ");
  const into = named.flatMap(({ group }) => group.IpPermissions ?? []).filter(isSsh);
  const isAdmitted = into.some(({ IpRanges = [] }) =>
    IpRanges.some(({ CidrIp = "" }) => isWithin(operatorCidr, CidrIp)),
  );
  // Whom a prefix list or another group stands for is not looked up.
  const mayBe = into.some(
    ({ PrefixListIds = [], UserIdGroupPairs = [] }) => PrefixListIds.length + UserIdGroupPairs.length > 0,
  );
  const closed = {
    path,
    problem: `${all} let nobody of ${operatorCidr} in to port 22`,
    remedy: `let one of them admit ${operatorCidr} to port 22 over tcp, or write where ssh comes from into operatorCidr`,
  };
  const doubt = {
    ...closed,
    problem: `${closed.problem} by a range; whether a prefix list or another group of theirs does is not known`,
    remedy: `${closed.remedy}; nothing stops for that`,
    note: true,
  };
  const isShut = named.every(({ group }) => (group.IpPermissionsEgress ?? []).length === 0);
  const shut = {
    path,
    problem: `${all} let nothing out: a machine reaches no registry`,
    remedy: "let one of them allow what goes out to registries and the store, over https at least",
  };
  return [...(isAdmitted ? [] : [mayBe ? doubt : closed]), ...(isShut ? [shut] : [])];
}

function isSsh({ IpProtocol, FromPort = 0, ToPort = 65_535 }: IpPermission): boolean {
  return IpProtocol === "-1" || (/^(tcp|6)$/.test(IpProtocol ?? "") && FromPort <= 22 && ToPort >= 22);
}
