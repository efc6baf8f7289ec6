/** Actions that EC2 itself lets one try: it says what it would have done, and does nothing. Each carries what the run will send. */
import type { Tag } from "@aws-sdk/client-ec2";
import type { Action } from "./action-names";
import type { Clients } from "./ask";
import { EVERYTHING } from "./provider/image-users";
import { GROUP_DESCRIPTION, launchRequest, type Launch } from "./launch";
import { ownTags } from "./tags";

type Ec2 = Clients["ec2"];

export interface Trial {
  readonly action: Action;
  readonly region: string;
  /** Of the settings, whose machine is tried. @default all of them ask the same */
  readonly path?: string;
  /** Tags that it carries beside our own: what a rule may ask for. */
  readonly tags: readonly string[];
  /** Resolves or rejects as EC2 answers. */
  readonly send: (ec2: Ec2) => Promise<unknown>;
  /** The same with less: where one of these is allowed, what it leaves out is what is forbidden. */
  readonly without: readonly { readonly what: Without; readonly send: (ec2: Ec2) => Promise<unknown> }[];
}

export type Without = "a public address" | "spot capacity";

/** One machine as a run would start it. */
export interface TriedMachine {
  readonly path: string;
  readonly launch: Launch;
  readonly vpc?: string;
  /** The stock image of its architecture. @default RunInstances is not tried */
  readonly image?: { readonly id: string; readonly rootDevice: string };
}

export interface TrialArgs {
  readonly region: string;
  readonly stack: string;
  readonly identity?: string;
  readonly machines: readonly TriedMachine[];
  /** Region that images are copied from. */
  readonly copiedFrom: string;
  /** ARNs of the keys that copies get here; undefined for what is copied without a key. */
  readonly copyKeys: readonly (string | undefined)[];
}

/** An id that is nobody's, for requests that must name something. */
const NOBODY = "00000000000000000";
const DryRun = true;

/** Of everything that is declared; whoever tries them leaves out what these settings don't need. */
export async function trials(args: TrialArgs): Promise<Trial[]> {
  const machines = args.machines.map((machine) => machineTrials(args, machine));
  return [...(await readingTrials(args)), ...(await Promise.all(machines)).flat()];
}

async function readingTrials({ region, stack, copiedFrom, copyKeys }: TrialArgs): Promise<Trial[]> {
  const sdk = await import("@aws-sdk/client-ec2");
  const trial = (action: Action, send: Trial["send"]): Trial => ({ action, region, tags: [], send, without: [] });
  const copy = { DryRun, Name: `${stack}-preflight`, Description: "" };
  const source = { SourceImageId: `ami-${NOBODY}`, SourceRegion: copiedFrom };
  return [
    ...(copyKeys.length === 0 ? [undefined] : copyKeys).map((KmsKeyId) => {
      const sealed = KmsKeyId === undefined ? { Encrypted: false } : { Encrypted: true, KmsKeyId };
      return trial("ec2:CopyImage", (ec2) => ec2.send(new sdk.CopyImageCommand({ ...copy, ...source, ...sealed })));
    }),
    trial("ec2:DescribeImageReferences", (ec2) =>
      ec2.send(new sdk.DescribeImageReferencesCommand({ DryRun, ImageIds: [`ami-${NOBODY}`], ...EVERYTHING })),
    ),
    trial("ec2:DescribeImages", (ec2) => ec2.send(new sdk.DescribeImagesCommand({ DryRun }))),
    trial("ec2:DescribeInstanceCreditSpecifications", (ec2) =>
      ec2.send(new sdk.DescribeInstanceCreditSpecificationsCommand({ DryRun })),
    ),
    trial("ec2:DescribeInstances", (ec2) => ec2.send(new sdk.DescribeInstancesCommand({ DryRun }))),
    trial("ec2:DescribeInstanceTypeOfferings", (ec2) =>
      ec2.send(new sdk.DescribeInstanceTypeOfferingsCommand({ DryRun })),
    ),
    trial("ec2:DescribeInstanceTypes", (ec2) => ec2.send(new sdk.DescribeInstanceTypesCommand({ DryRun }))),
    trial("ec2:DescribeKeyPairs", (ec2) => ec2.send(new sdk.DescribeKeyPairsCommand({ DryRun }))),
    trial("ec2:DescribeNetworkAcls", (ec2) => ec2.send(new sdk.DescribeNetworkAclsCommand({ DryRun }))),
    trial("ec2:DescribeNetworkInterfaces", (ec2) => ec2.send(new sdk.DescribeNetworkInterfacesCommand({ DryRun }))),
    trial("ec2:DescribeRegions", (ec2) => ec2.send(new sdk.DescribeRegionsCommand({ DryRun }))),
    trial("ec2:DescribeRouteTables", (ec2) => ec2.send(new sdk.DescribeRouteTablesCommand({ DryRun }))),
    trial("ec2:DescribeSecurityGroups", (ec2) => ec2.send(new sdk.DescribeSecurityGroupsCommand({ DryRun }))),
    trial("ec2:DescribeSnapshots", (ec2) => ec2.send(new sdk.DescribeSnapshotsCommand({ DryRun }))),
    trial("ec2:DescribeSpotInstanceRequests", (ec2) =>
      ec2.send(new sdk.DescribeSpotInstanceRequestsCommand({ DryRun })),
    ),
    trial("ec2:DescribeSubnets", (ec2) => ec2.send(new sdk.DescribeSubnetsCommand({ DryRun }))),
    trial("ec2:DescribeTags", (ec2) => ec2.send(new sdk.DescribeTagsCommand({ DryRun }))),
    trial("ec2:DescribeVolumes", (ec2) => ec2.send(new sdk.DescribeVolumesCommand({ DryRun }))),
    trial("ec2:DescribeVpcBlockPublicAccessExclusions", (ec2) =>
      ec2.send(new sdk.DescribeVpcBlockPublicAccessExclusionsCommand({ DryRun })),
    ),
    trial("ec2:DescribeVpcBlockPublicAccessOptions", (ec2) =>
      ec2.send(new sdk.DescribeVpcBlockPublicAccessOptionsCommand({ DryRun })),
    ),
    trial("ec2:DescribeVpcs", (ec2) => ec2.send(new sdk.DescribeVpcsCommand({ DryRun }))),
    trial("ec2:GetAllowedImagesSettings", (ec2) => ec2.send(new sdk.GetAllowedImagesSettingsCommand({ DryRun }))),
    trial("ec2:GetEbsDefaultKmsKeyId", (ec2) => ec2.send(new sdk.GetEbsDefaultKmsKeyIdCommand({ DryRun }))),
    trial("ec2:GetEbsEncryptionByDefault", (ec2) => ec2.send(new sdk.GetEbsEncryptionByDefaultCommand({ DryRun }))),
    trial("ec2:GetImageBlockPublicAccessState", (ec2) =>
      ec2.send(new sdk.GetImageBlockPublicAccessStateCommand({ DryRun })),
    ),
  ];
}

/** As the official plugin tags what it makes: images it tags afterwards, and they are not tried. */
async function machineTrials(args: TrialArgs, { path, launch, vpc, image }: TriedMachine): Promise<Trial[]> {
  const sdk = await import("@aws-sdk/client-ec2");
  const { region, stack, identity } = args;
  const name = `${identity ?? stack}.preflight`;
  const all = ownTags(stack, identity, name, launch.tags);
  const Tags: Tag[] = Object.entries(all).map(([Key, Value]) => ({ Key, Value }));
  const tagged = (ResourceType: "key-pair" | "security-group") => [{ ResourceType, Tags }];
  const common = { region, path, tags: Object.keys(launch.tags), without: [] };
  const key = { DryRun, KeyName: name, PublicKeyMaterial: Buffer.from("ssh-ed25519 AAAA preflight") };
  const group = { DryRun, GroupName: name, Description: GROUP_DESCRIPTION };
  return [
    {
      ...{ action: "ec2:ImportKeyPair", ...common },
      send: (ec2) => ec2.send(new sdk.ImportKeyPairCommand({ ...key, TagSpecifications: tagged("key-pair") })),
    },
    ...(vpc === undefined || launch.securityGroups !== undefined
      ? []
      : [
          {
            ...{ action: "ec2:CreateSecurityGroup" as const, ...common },
            send: (ec2: Ec2) =>
              ec2.send(
                new sdk.CreateSecurityGroupCommand({
                  ...{ ...group, VpcId: vpc, TagSpecifications: tagged("security-group") },
                }),
              ),
          },
        ]),
    ...(image === undefined ? [] : [await launchTrial(args, { path, launch, image }, all)]),
  ];
}

async function launchTrial(
  { region }: TrialArgs,
  { path, launch, image }: Required<Omit<TriedMachine, "vpc">>,
  tags: Readonly<Record<string, string>>,
): Promise<Trial> {
  const { RunInstancesCommand } = await import("@aws-sdk/client-ec2");
  const input = { DryRun, ...launchRequest(launch, image, tags) };
  const [face] = input.NetworkInterfaces ?? [];
  const hidden = { ...input, NetworkInterfaces: [{ ...face, AssociatePublicIpAddress: false }] };
  const { InstanceMarketOptions: spot, ...onDemand } = input;
  return {
    ...{ action: "ec2:RunInstances", region, path, tags: Object.keys(launch.tags) },
    send: (ec2) => ec2.send(new RunInstancesCommand(input)),
    without: [
      { what: "a public address", send: (ec2) => ec2.send(new RunInstancesCommand(hidden)) },
      ...(spot === undefined
        ? []
        : [{ what: "spot capacity" as const, send: (ec2: Ec2) => ec2.send(new RunInstancesCommand(onDemand)) }]),
    ],
  };
}
