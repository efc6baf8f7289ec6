/** What is there of an instance: itself, and its volumes. */
import {
  DescribeInstanceAttributeCommand,
  DescribeInstanceCreditSpecificationsCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypesCommand,
  DescribeSpotInstanceRequestsCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  DescribeVpcsCommand,
  type Instance,
  type Reservation,
  type Volume,
} from "@aws-sdk/client-ec2";
import { ec2Arn } from "./arn";
import { found } from "./errors";
import type { Call, Values } from "./kind";
import { fromList } from "./tags";

export interface Found {
  readonly instance: Instance;
  readonly reservation: Reservation;
}

/** The instance, ended ones too; undefined if EC2 does not know it (any more, or yet). */
export async function findInstance(id: string, call: Call): Promise<Found | undefined> {
  const answer = await found(call.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] })));
  const reservation = answer?.Reservations?.[0];
  const instance = reservation?.Instances?.[0];
  return reservation === undefined || instance === undefined ? undefined : { instance, reservation };
}

/** Of a state that leads nowhere but to the end. */
export function hasEnded(instance: Instance): boolean {
  const state = instance.State?.Name;
  return state === "terminated" || state === "shutting-down";
}

export function volumeIdsOf(instance: Instance): string[] {
  return (instance.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => (Ebs?.VolumeId === undefined ? [] : [Ebs.VolumeId]));
}

/** Undefined if it is gone, or about to be. */
export async function describeInstance(id: string, call: Call): Promise<Values | undefined> {
  const there = await findInstance(id, call);
  if (there === undefined || hasEnded(there.instance)) return undefined;
  const { instance, reservation } = there;
  await askMore(instance, call);
  const volumes = await describeVolumes(instance, call);
  const devices = (instance.BlockDeviceMappings ?? []).flatMap((mapping) => {
    const volume = volumes.get(mapping.Ebs?.VolumeId ?? "");
    if (volume === undefined) return [];
    const isRoot = mapping.DeviceName === instance.RootDeviceName;
    const deleteOnTermination = mapping.Ebs?.DeleteOnTermination ?? false;
    return [{ isRoot, state: { ...volumeState(volume), deviceName: mapping.DeviceName ?? "", deleteOnTermination } }];
  });
  const options = instance.MetadataOptions;
  return {
    ami: instance.ImageId,
    arn: ec2Arn(call.region, reservation.OwnerId ?? "", `instance/${id}`),
    availabilityZone: instance.Placement?.AvailabilityZone,
    ebsOptimized: instance.EbsOptimized ?? false,
    ebsBlockDevices: devices.filter(({ isRoot }) => !isRoot).map(({ state }) => state),
    rootBlockDevice: devices.filter(({ isRoot }) => isRoot).map(({ state }) => withoutSnapshot(state))[0],
    instanceLifecycle: instance.InstanceLifecycle ?? "",
    instanceState: instance.State?.Name,
    instanceType: instance.InstanceType,
    keyName: instance.KeyName ?? "",
    metadataOptions: options && {
      httpEndpoint: options.HttpEndpoint,
      httpProtocolIpv6: options.HttpProtocolIpv6 ?? "disabled",
      httpPutResponseHopLimit: options.HttpPutResponseHopLimit,
      httpTokens: options.HttpTokens,
      instanceMetadataTags: options.InstanceMetadataTags ?? "disabled",
    },
    monitoring: instance.Monitoring?.State === "enabled" || instance.Monitoring?.State === "pending",
    primaryNetworkInterfaceId: instance.NetworkInterfaces?.[0]?.NetworkInterfaceId ?? "",
    privateDns: instance.PrivateDnsName ?? "",
    privateIp: instance.PrivateIpAddress ?? "",
    publicDns: instance.PublicDnsName ?? "",
    publicIp: instance.PublicIpAddress ?? "",
    spotInstanceRequestId: instance.SpotInstanceRequestId ?? "",
    subnetId: instance.SubnetId ?? "",
    tagsAll: fromList(instance.Tags),
    tenancy: instance.Placement?.Tenancy ?? "default",
    vpcSecurityGroupIds: (instance.SecurityGroups ?? []).map(({ GroupId }) => GroupId ?? ""),
  };
}

/**
 * What the official plugin asks besides, and must be allowed: the type, a spot request, tags of volumes, the network, some
 * attributes, credits of a burstable type. None of the properties in use here comes from it.
 */
async function askMore(instance: Instance, { ec2 }: Call): Promise<void> {
  const { InstanceId = "", InstanceType, SpotInstanceRequestId, VpcId } = instance;
  const { InstanceTypes } = await ec2.send(
    new DescribeInstanceTypesCommand({ InstanceTypes: InstanceType === undefined ? [] : [InstanceType] }),
  );
  if (SpotInstanceRequestId !== undefined) {
    const SpotInstanceRequestIds = [SpotInstanceRequestId];
    await ec2.send(new DescribeSpotInstanceRequestsCommand({ SpotInstanceRequestIds }));
  }
  await ec2.send(new DescribeTagsCommand({ Filters: [{ Name: "resource-id", Values: volumeIdsOf(instance) }] }));
  if (VpcId !== undefined) await ec2.send(new DescribeVpcsCommand({ VpcIds: [VpcId] }));
  for (const Attribute of ["instanceInitiatedShutdownBehavior", "disableApiTermination", "userData"] as const) {
    await ec2.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute }));
  }
  if (InstanceTypes?.[0]?.BurstablePerformanceSupported === true) {
    await ec2.send(new DescribeInstanceCreditSpecificationsCommand({ InstanceIds: [InstanceId] }));
  }
}

async function describeVolumes(instance: Instance, call: Call): Promise<ReadonlyMap<string, Volume>> {
  const VolumeIds = volumeIdsOf(instance);
  if (VolumeIds.length === 0) return new Map();
  const answer = await found(call.ec2.send(new DescribeVolumesCommand({ VolumeIds })));
  return new Map((answer?.Volumes ?? []).map((volume) => [volume.VolumeId ?? "", volume]));
}

function volumeState(volume: Volume) {
  return {
    encrypted: volume.Encrypted ?? false,
    iops: volume.Iops ?? 0,
    kmsKeyId: volume.KmsKeyId ?? "",
    snapshotId: volume.SnapshotId ?? "",
    tags: fromList(volume.Tags),
    tagsAll: fromList(volume.Tags),
    throughput: volume.Throughput ?? 0,
    volumeId: volume.VolumeId ?? "",
    volumeSize: volume.Size ?? 0,
    volumeType: volume.VolumeType ?? "",
  };
}

function withoutSnapshot<S extends { readonly snapshotId: string }>({ snapshotId: _snapshot, ...state }: S) {
  return state;
}
