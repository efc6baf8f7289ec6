/** Actions that EC2 itself lets one try: it says what it would have done, and does nothing. */
import type { _InstanceType, Tag } from "@aws-sdk/client-ec2";
import type { Action } from "./actions";
import type { Clients } from "./ask";
import { ownTags } from "./tags";

type Ec2 = Clients["ec2"];
/** Resolves or rejects as EC2 answers. */
export type DryRun = (ec2: Ec2) => Promise<unknown>;

export interface DryRunArgs {
  readonly stack: string;
  /** Of a subnet that machines get. */
  readonly vpc?: string;
  /** What a worker is started from and where. @default RunInstances is not tried */
  readonly machine?: {
    readonly ami: string;
    readonly instanceType: string;
    readonly subnet: string;
    readonly spot: boolean;
  };
}

/** An id that is nobody's, for requests that must name something. */
const NOBODY = "00000000000000000";

export async function dryRuns({ stack, vpc, machine }: DryRunArgs): Promise<ReadonlyMap<Action, DryRun>> {
  const sdk = await import("@aws-sdk/client-ec2");
  const DryRun = true;
  const name = `${stack}-preflight`;
  const tags: Tag[] = Object.entries(ownTags(stack, undefined, name)).map(([Key, Value]) => ({ Key, Value }));
  // Only what the official plugin tags as it makes it: images it tags afterwards.
  const tagged = (...kinds: ("instance" | "key-pair" | "security-group" | "volume")[]) =>
    kinds.map((ResourceType) => ({ ResourceType, Tags: tags }));
  const runs: [Action, DryRun][] = [
    ["ec2:DescribeImages", (ec2) => ec2.send(new sdk.DescribeImagesCommand({ DryRun }))],
    [
      "ec2:DescribeInstanceCreditSpecifications",
      (ec2) => ec2.send(new sdk.DescribeInstanceCreditSpecificationsCommand({ DryRun })),
    ],
    ["ec2:DescribeInstances", (ec2) => ec2.send(new sdk.DescribeInstancesCommand({ DryRun }))],
    ["ec2:DescribeInstanceTypeOfferings", (ec2) => ec2.send(new sdk.DescribeInstanceTypeOfferingsCommand({ DryRun }))],
    ["ec2:DescribeInstanceTypes", (ec2) => ec2.send(new sdk.DescribeInstanceTypesCommand({ DryRun }))],
    ["ec2:DescribeKeyPairs", (ec2) => ec2.send(new sdk.DescribeKeyPairsCommand({ DryRun }))],
    ["ec2:DescribeNetworkInterfaces", (ec2) => ec2.send(new sdk.DescribeNetworkInterfacesCommand({ DryRun }))],
    ["ec2:DescribeSecurityGroups", (ec2) => ec2.send(new sdk.DescribeSecurityGroupsCommand({ DryRun }))],
    ["ec2:DescribeSnapshots", (ec2) => ec2.send(new sdk.DescribeSnapshotsCommand({ DryRun }))],
    ["ec2:DescribeSpotInstanceRequests", (ec2) => ec2.send(new sdk.DescribeSpotInstanceRequestsCommand({ DryRun }))],
    ["ec2:DescribeSubnets", (ec2) => ec2.send(new sdk.DescribeSubnetsCommand({ DryRun }))],
    ["ec2:DescribeTags", (ec2) => ec2.send(new sdk.DescribeTagsCommand({ DryRun }))],
    ["ec2:DescribeVolumes", (ec2) => ec2.send(new sdk.DescribeVolumesCommand({ DryRun }))],
    ["ec2:DescribeVpcs", (ec2) => ec2.send(new sdk.DescribeVpcsCommand({ DryRun }))],
    [
      "ec2:ImportKeyPair",
      (ec2) =>
        ec2.send(
          new sdk.ImportKeyPairCommand({
            DryRun,
            KeyName: name,
            PublicKeyMaterial: Buffer.from("ssh-ed25519 AAAA preflight"),
            TagSpecifications: tagged("key-pair"),
          }),
        ),
    ],
    [
      "ec2:CopyImage",
      (ec2) =>
        ec2.send(
          new sdk.CopyImageCommand({
            DryRun,
            Name: name,
            SourceImageId: `ami-${NOBODY}`,
            SourceRegion: "us-east-1",
          }),
        ),
    ],
  ];
  if (vpc !== undefined) {
    const group = { DryRun, GroupName: name, Description: "never made", VpcId: vpc };
    runs.push([
      "ec2:CreateSecurityGroup",
      (ec2) => ec2.send(new sdk.CreateSecurityGroupCommand({ ...group, TagSpecifications: tagged("security-group") })),
    ]);
  }
  if (machine !== undefined) {
    const input = {
      DryRun,
      MinCount: 1,
      MaxCount: 1,
      ImageId: machine.ami,
      InstanceType: machine.instanceType as _InstanceType,
      SubnetId: machine.subnet,
      MetadataOptions: { HttpTokens: "required" as const },
      ...(machine.spot ? { InstanceMarketOptions: { MarketType: "spot" as const } } : {}),
      TagSpecifications: tagged("instance", "volume"),
    };
    runs.push(["ec2:RunInstances", (ec2) => ec2.send(new sdk.RunInstancesCommand(input))]);
  }
  return new Map(runs);
}
