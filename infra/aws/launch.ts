/** What an instance is launched with, as far as it is known before anything is made: the machine itself and its trial share it. */
import type { RunInstancesCommandInput, TagSpecification } from "@aws-sdk/client-ec2";
import type { AwsArch } from "./arch";
import { addressFor } from "../jump-host";
import type { AwsPlace, AwsWorker } from "./settings";

/** Name under which the scratch volume is attached; Nitro shows it under its volume's id instead. */
export const SCRATCH = "/dev/sdf";

/** Of the security group of each machine. */
export const GROUP_DESCRIPTION = "ssh from the operator of one temporary machine";

/** What the settings say of one kind of machine, wherever it is tried. */
export interface LaunchSpec {
  readonly instanceType: string;
  /** Root volume, GiB. @default as the AMI says */
  readonly diskGib?: number;
  /** A second, empty volume, GiB. @default none */
  readonly scratchGib?: number;
  /** Which address ssh goes to; with `private` there is no other. @default public */
  readonly address?: "public" | "private";
  /** Of the user's own; undefined where one is made. */
  readonly securityGroups?: readonly string[];
  /** ARN of the key that its volumes are encrypted with. @default the account's for EBS */
  readonly kmsKeyId?: string;
  /** Beside our own. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface Launch extends LaunchSpec {
  readonly subnet: string;
  readonly spot: boolean;
}

export function workerLaunch(arch: AwsArch, spec: AwsWorker): LaunchSpec {
  const { instanceType, diskGib, scratchGib, tags, kmsKeyId, securityGroups } = spec;
  return {
    instanceType,
    diskGib,
    scratchGib,
    tags: { ...tags, arch },
    address: addressFor(spec),
    ...defined({ kmsKeyId, securityGroups }),
  };
}

export function bootLaunch(arch: AwsArch, { boot, tags, kmsKeyId }: AwsPlace): LaunchSpec {
  const { securityGroups } = boot;
  const instanceType = boot.instanceTypes[arch];
  return { instanceType, tags: { ...tags, arch }, address: addressFor(boot), ...defined({ kmsKeyId, securityGroups }) };
}

interface Optional {
  readonly kmsKeyId: string | undefined;
  readonly securityGroups: readonly string[] | undefined;
}

function defined({ kmsKeyId, securityGroups }: Optional): Pick<LaunchSpec, keyof Optional> {
  return {
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    ...(securityGroups === undefined ? {} : { securityGroups }),
  };
}

/** Taken away for good, never stopped: our build starts again elsewhere. */
const SPOT = {
  marketType: "spot",
  spotOptions: { spotInstanceType: "one-time", instanceInterruptionBehavior: "terminate" },
} as const;

/** As the official plugin takes it. */
export function launchInputs(launch: Omit<Launch, "tags">) {
  const { instanceType, subnet, spot, diskGib, scratchGib, address, kmsKeyId } = launch;
  const volume = {
    ...{ volumeType: "gp3" as const, encrypted: true, deleteOnTermination: true },
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
  };
  return {
    instanceType,
    subnetId: subnet,
    associatePublicIpAddress: address !== "private",
    // IMDSv2 only; no instance profile: whoever gets in finds no credentials.
    metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
    instanceInitiatedShutdownBehavior: "terminate",
    ...(spot ? { instanceMarketOptions: SPOT } : {}),
    // Encrypted whatever the image is: rules of organizations ask for it.
    rootBlockDevice: { ...volume, ...(diskGib === undefined ? {} : { volumeSize: diskGib }) },
    ...(scratchGib === undefined
      ? {}
      : { ebsBlockDevices: [{ ...volume, deviceName: SCRATCH, volumeSize: scratchGib }] }),
  } as const;
}

/**
 * The request that the official plugin makes of it, without what only a run makes: key, our security group, user data.
 * @param image with the name of its root device, which a size of the root volume is said for
 */
export function launchRequest(
  launch: Launch,
  image: { readonly id: string; readonly rootDevice: string },
  tags: Readonly<Record<string, string>>,
): RunInstancesCommandInput {
  const inputs = launchInputs(launch);
  const { metadataOptions, instanceMarketOptions: market, rootBlockDevice: root, ebsBlockDevices = [] } = inputs;
  const volumes = [{ ...root, deviceName: image.rootDevice }, ...ebsBlockDevices];
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const tagged = (["instance", "volume"] as const).map((ResourceType): TagSpecification => ({ ResourceType, Tags }));
  return {
    MinCount: 1,
    MaxCount: 1,
    ImageId: image.id,
    InstanceType: inputs.instanceType as NonNullable<RunInstancesCommandInput["InstanceType"]>,
    InstanceInitiatedShutdownBehavior: inputs.instanceInitiatedShutdownBehavior,
    BlockDeviceMappings: volumes.map(toMapping),
    ...(market === undefined
      ? {}
      : {
          InstanceMarketOptions: {
            MarketType: market.marketType,
            SpotOptions: {
              InstanceInterruptionBehavior: market.spotOptions.instanceInterruptionBehavior,
              SpotInstanceType: market.spotOptions.spotInstanceType,
            },
          },
        }),
    MetadataOptions: {
      HttpEndpoint: metadataOptions.httpEndpoint,
      HttpPutResponseHopLimit: metadataOptions.httpPutResponseHopLimit,
      HttpTokens: metadataOptions.httpTokens,
    },
    TagSpecifications: tagged,
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        DeleteOnTermination: true,
        AssociatePublicIpAddress: inputs.associatePublicIpAddress,
        SubnetId: inputs.subnetId,
        ...(launch.securityGroups === undefined ? {} : { Groups: [...launch.securityGroups] }),
      },
    ],
  };
}

interface Volume {
  readonly deviceName: string;
  readonly volumeType: "gp3";
  readonly volumeSize?: number;
  readonly encrypted: boolean;
  readonly kmsKeyId?: string;
  readonly deleteOnTermination: boolean;
}

function toMapping({ deviceName, volumeType, volumeSize, encrypted, kmsKeyId, deleteOnTermination }: Volume) {
  return {
    DeviceName: deviceName,
    Ebs: {
      DeleteOnTermination: deleteOnTermination,
      Encrypted: encrypted,
      ...(kmsKeyId === undefined ? {} : { KmsKeyId: kmsKeyId }),
      VolumeType: volumeType,
      ...(volumeSize === undefined ? {} : { VolumeSize: volumeSize }),
    },
  };
}
