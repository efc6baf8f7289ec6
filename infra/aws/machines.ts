/** Whether the machines of the settings can be had: the stock image, the subnets, the types in their zones. */
import type { Image, InstanceTypeInfo, Subnet } from "@aws-sdk/client-ec2";
import { addressFor, type JumpHost } from "../jump-host";
import type { Finding } from "../platform";
import type { Arch } from "../words";
import { amiArchitecture, isAwsArch } from "./arch";
import type { Clients } from "./ask";
import { targetPath, type AwsUse } from "./grants";

/** One machine as the settings want it, in one region. */
export interface WantedMachine {
  readonly path: string;
  readonly arch: Arch;
  readonly instanceType: string;
  /** Range that ssh comes from. */
  readonly operatorCidr: string;
  /** Which address it goes to. */
  readonly address: "public" | "private";
  /** Then ssh comes from a jump host. @default it comes from whoever runs this */
  readonly isBehindJumpHost?: true;
  /** Path in the settings, and id. */
  readonly subnets: readonly { readonly path: string; readonly id: string }[];
  /** Where the settings name security groups, and which; undefined where one is made. */
  readonly groups?: { readonly path: string; readonly ids: readonly string[] };
}

export interface Found {
  readonly types: readonly InstanceTypeInfo[];
  readonly subnets: readonly Subnet[];
  /** `ZONE TYPE` of what is offered. */
  readonly offered: ReadonlySet<string>;
}

export function wantedMachines({ workers, places }: AwsUse, region: string): WantedMachine[] {
  const ofWorkers = workers
    .filter(({ spec }) => spec.region === region)
    .map(({ path, arch, spec }) => ({
      path: `${path}.instanceType`,
      arch,
      instanceType: spec.instanceType,
      operatorCidr: spec.operatorCidr,
      address: addressFor(spec),
      ...behind(spec),
      subnets: spec.subnets.map((id, index) => ({ path: `${path}.subnets[${index}]`, id })),
      ...groupsOf(path, spec.securityGroups),
    }));
  const ofBoots = places
    .filter(({ spec }) => spec.region === region)
    .flatMap(({ path, arch, spec: { boot } }) =>
      isAwsArch(arch)
        ? [
            {
              path: `${targetPath(path)}.bootInstanceTypes.${arch}`,
              arch,
              instanceType: boot.instanceTypes[arch],
              operatorCidr: boot.operatorCidr,
              address: addressFor(boot),
              ...behind(boot),
              subnets: boot.subnets.map((id, index) => ({ path: `${path}.subnets[${index}]`, id })),
              ...groupsOf(path, boot.securityGroups),
            },
          ]
        : [],
    );
  return [...ofWorkers, ...ofBoots];
}

function behind({ jumpHost }: { readonly jumpHost?: JumpHost }): Pick<WantedMachine, "isBehindJumpHost"> {
  return jumpHost === undefined ? {} : { isBehindJumpHost: true };
}

function groupsOf(path: string, ids: readonly string[] | undefined): Pick<WantedMachine, "groups"> {
  return ids === undefined ? {} : { groups: { path: `${path}.securityGroups`, ids } };
}

export function machineFindings(region: string, machines: readonly WantedMachine[], found: Found): Finding[] {
  return machines.flatMap(({ path, arch, instanceType, subnets }): Finding[] => {
    const info = found.types.find(({ InstanceType }) => InstanceType === instanceType);
    if (!info) {
      return [{ path, problem: `${region} has no type ${instanceType}`, remedy: "name a type of that region" }];
    }
    const architectures: readonly string[] = info.ProcessorInfo?.SupportedArchitectures ?? [];
    const wanted = isAwsArch(arch) ? amiArchitecture(arch) : arch;
    if (!architectures.includes(wanted)) {
      const problem = `${instanceType} is for ${architectures.join(", ")}, not for ${wanted}`;
      return [{ path, problem, remedy: `name a type for ${arch}` }];
    }
    const there = subnets.flatMap(({ path, id }) => {
      const subnet = found.subnets.find(({ SubnetId }) => SubnetId === id);
      return subnet ? [{ path, id, subnet }] : [];
    });
    const gone = subnets
      .filter(({ id }) => !there.some((one) => one.id === id))
      .map(({ path, id }) => ({
        path,
        problem: `${region} has no subnet ${id}`,
        remedy: "name a subnet of that region",
      }));
    const without = there
      .filter(({ subnet }) => !found.offered.has(`${subnet.AvailabilityZone} ${instanceType}`))
      .map(({ path, id, subnet }) => ({
        path,
        problem: `${id} is in ${subnet.AvailabilityZone}, which does not offer ${instanceType}`,
        remedy: "name a subnet in another zone, or another type",
      }));
    const vpcs = new Set(there.map(({ subnet }) => subnet.VpcId));
    const apart =
      vpcs.size > 1
        ? [
            {
              path,
              problem: `its subnets are in several VPCs: ${[...vpcs].join(", ")}`,
              remedy: "name subnets of one VPC: an attempt in the next subnet keeps the security group",
            },
          ]
        : [];
    return [...gone, ...without, ...there.flatMap((one) => edgeNote(region, one)), ...apart];
  });
}

/**
 * Near users, away from a region's own zones, EC2 has less: a note, as no request tells what. An image's snapshot is of the whole region.
 * Sources: AWS Local Zones user guide, "How Local Zones work"; AWS Outposts user guide, "Amazon EBS on Outposts".
 */
function edgeNote(region: string, { path, id, subnet }: { path: string; id: string; subnet: Subnet }): Finding[] {
  const { AvailabilityZone: zone = "", OutpostArn: outpost } = subnet;
  // `us-west-2a` is a zone of the region, `us-west-2-lax-1a` is not; a Wavelength Zone is told by its way out.
  const isLocal = zone.startsWith(`${region}-`) && !zone.includes("-wl");
  if (!isLocal && outpost === undefined) return [];
  const where = outpost === undefined ? `in ${zone}, a Local Zone` : `on an Outpost (${outpost})`;
  return [
    {
      path,
      problem: `${id} is ${where}: not every one has gp3 volumes, which machines get, or spot`,
      remedy: "see that this one has them, or name a subnet in an Availability Zone; nothing stops for that",
      note: true,
    },
  ];
}

export async function lookAtMachines(
  ec2: Clients["ec2"],
  machines: readonly WantedMachine[],
): Promise<Omit<Found, "types">> {
  const { DescribeInstanceTypeOfferingsCommand, DescribeSubnetsCommand } = await import("@aws-sdk/client-ec2");
  const ids = [...new Set(machines.flatMap(({ subnets }) => subnets.map(({ id }) => id)))];
  const names = [...new Set(machines.map(({ instanceType }) => instanceType))];
  const [{ Subnets = [] }, { InstanceTypeOfferings = [] }] = await Promise.all([
    // By a filter: one unknown id would fail the request for all.
    ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: "subnet-id", Values: ids }] })),
    ec2.send(
      new DescribeInstanceTypeOfferingsCommand({
        LocationType: "availability-zone",
        Filters: [{ Name: "instance-type", Values: names }],
      }),
    ),
  ]);
  const offered = new Set(InstanceTypeOfferings.map(({ Location, InstanceType }) => `${Location} ${InstanceType}`));
  return { subnets: Subnets, offered };
}

/**
 * The stock image that a worker would start from now; undefined if there is none.
 * @param deprecated those too that EC2 shows to their owner alone, and to whoever asks for them
 */
export async function stockImage(
  ec2: Clients["ec2"],
  { owner, name }: { readonly owner: string; readonly name: string },
  architecture: string,
  deprecated = false,
): Promise<Image | undefined> {
  const { DescribeImagesCommand } = await import("@aws-sdk/client-ec2");
  const filters = { name, architecture, "virtualization-type": "hvm", "root-device-type": "ebs", state: "available" };
  const { Images = [] } = await ec2.send(
    new DescribeImagesCommand({
      Owners: [owner],
      ...(deprecated ? { IncludeDeprecated: true } : {}),
      Filters: Object.entries(filters).map(([Name, value]) => ({ Name, Values: [value] })),
    }),
  );
  return [...Images].sort((a, b) => (a.CreationDate ?? "").localeCompare(b.CreationDate ?? "")).at(-1);
}
