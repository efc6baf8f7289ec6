/** What bars a subnet's way beside its routes: network ACLs, and an account that blocks public access of its VPCs. */
import type {
  DescribeVpcBlockPublicAccessExclusionsCommandOutput,
  NetworkAcl,
  Subnet,
  VpcBlockPublicAccessExclusion,
  VpcBlockPublicAccessOptions,
} from "@aws-sdk/client-ec2";
import type { Finding } from "../platform";
import { aclProblem } from "./acl";
import type { Action } from "./action-names";
import type { Clients } from "./ask";
import type { WantedMachine } from "./machines";
import { allPages } from "./provider/pages";

/** What it takes to look. Who may not is told so, and nothing stops: most networks bar nothing. */
export const BARRIER_ACTIONS = [
  "ec2:DescribeNetworkAcls",
  "ec2:DescribeVpcBlockPublicAccessExclusions",
  "ec2:DescribeVpcBlockPublicAccessOptions",
] as const satisfies readonly Action[];

/** Name of the statement that grants it. */
export const BARRIERS = "SeeWhatBarsTheWay";

/** Of public access what the account says of a region; undefined where it blocks none. */
export interface PublicAccess {
  readonly options: VpcBlockPublicAccessOptions;
  readonly exclusions: readonly VpcBlockPublicAccessExclusion[];
}

export async function networkAcls(ec2: Clients["ec2"], subnets: readonly Subnet[]): Promise<NetworkAcl[]> {
  const ids = subnets.flatMap(({ SubnetId }) => SubnetId ?? []);
  if (ids.length === 0) return [];
  const { DescribeNetworkAclsCommand } = await import("@aws-sdk/client-ec2");
  const Filters = [{ Name: "association.subnet-id", Values: ids }];
  return allPages(
    (next) => ec2.send(new DescribeNetworkAclsCommand({ Filters, ...next })),
    ({ NetworkAcls }) => NetworkAcls,
  );
}

export async function publicAccess(ec2: Clients["ec2"]): Promise<PublicAccess | undefined> {
  const sdk = await import("@aws-sdk/client-ec2");
  const { VpcBlockPublicAccessOptions: options } = await ec2.send(
    new sdk.DescribeVpcBlockPublicAccessOptionsCommand({}),
  );
  const mode = options?.InternetGatewayBlockMode ?? "off";
  if (options === undefined || mode === "off") return undefined;
  const exclusions = await allPages(
    (next): Promise<DescribeVpcBlockPublicAccessExclusionsCommandOutput> =>
      ec2.send(new sdk.DescribeVpcBlockPublicAccessExclusionsCommand({ ...next })),
    ({ VpcBlockPublicAccessExclusions }) => VpcBlockPublicAccessExclusions,
  );
  return { options, exclusions };
}

interface Seen {
  readonly subnets: readonly Subnet[];
  readonly acls: readonly NetworkAcl[];
  readonly access: PublicAccess | undefined;
}

/** Of each subnet that the machines of the settings may get, at its path. */
export function barrierFindings(machines: readonly WantedMachine[], { subnets, acls, access }: Seen): Finding[] {
  return machines.flatMap((machine) =>
    machine.subnets.flatMap(({ path, id }): Finding[] => {
      const subnet = subnets.find(({ SubnetId }) => SubnetId === id);
      if (subnet === undefined) return [];
      const acl = acls.find(({ Associations = [] }) => Associations.some((one) => one.SubnetId === id));
      const barred = [access && accessProblem(subnet, machine, access), acl && aclProblem(subnet, acl, machine)];
      return barred.flatMap((one) => (one === undefined ? [] : [{ path, ...one }]));
    }),
  );
}

const HIDE = "set address: private, where ssh reaches private addresses, e.g. over a VPN, or name a jumpHost";

function accessProblem(
  subnet: Subnet,
  { address }: WantedMachine,
  { options, exclusions }: PublicAccess,
): Omit<Finding, "path"> | undefined {
  const { SubnetId = "", VpcId = "" } = subnet;
  const { InternetGatewayBlockMode: mode, ManagedBy } = options;
  // Of a subnet that is excluded, with its VPC or by itself, the wider exclusion counts.
  const excluded = exclusions
    .filter(({ State }) => State === undefined || /^(create|update)-complete$/.test(State))
    .filter(({ ResourceArn: arn = "" }) => arn.endsWith(`/${SubnetId}`) || (VpcId !== "" && arn.endsWith(`/${VpcId}`)))
    .map(({ InternetGatewayExclusionMode }) => InternetGatewayExclusionMode);
  if (excluded.includes("allow-bidirectional")) return undefined;
  const getsOut = mode === "block-ingress" || excluded.includes("allow-egress");
  const who =
    ManagedBy === "declarative-policy" ? "a declarative policy of the organization blocks" : "the account blocks";
  const blocks = `${who} public access of its VPCs (${mode ?? "?"}), and excludes neither ${SubnetId} nor its VPC`;
  const exclude =
    `exclude it ("aws ec2 create-vpc-block-public-access-exclusion --subnet-id ${SubnetId} ` +
    '--internet-gateway-exclusion-mode allow-bidirectional"), or ask who administers it';
  if (address === "public") {
    const out = getsOut ? "" : ", and reaches no registry";
    return { problem: `${blocks}: nobody reaches a machine there by ssh${out}`, remedy: `${HIDE}; or ${exclude}` };
  }
  if (getsOut) return undefined;
  // What leads out of a private subnet may be in one that is excluded, or no gateway of this VPC at all.
  return {
    problem: `${blocks}: a machine there gets out only where the subnet of its NAT gateway is excluded, or by another network`,
    remedy: "see that it is so; nothing stops for that",
    note: true,
  };
}
