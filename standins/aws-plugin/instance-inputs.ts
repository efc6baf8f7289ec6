/** The inputs of an instance, and the request that they make. */
import type {
  BlockDeviceMapping,
  EbsBlockDevice,
  InstanceMarketOptionsRequest,
  InstanceMetadataOptionsRequest,
  RunInstancesRequest,
} from "@aws-sdk/client-ec2";
import { z } from "zod";
import { extraVolume, regionInput, rootVolume, tagsInput, type ExtraVolume, type RootVolume } from "./schemas";
import { tagSpecification, type Tags } from "./tags";

const onOff = z.enum(["enabled", "disabled"]).optional();
const metadataOptions = z.strictObject({
  httpEndpoint: onOff,
  httpProtocolIpv6: onOff,
  httpPutResponseHopLimit: z.number().int().min(1).max(64).optional(),
  httpTokens: z.enum(["optional", "required"]).optional(),
  instanceMetadataTags: onOff,
});
const instanceMarketOptions = z.strictObject({
  marketType: z.enum(["spot"]).optional(),
  spotOptions: z
    .strictObject({
      instanceInterruptionBehavior: z.enum(["hibernate", "stop", "terminate"]).optional(),
      maxPrice: z.string().optional(),
      spotInstanceType: z.enum(["one-time", "persistent"]).optional(),
      validUntil: z.string().optional(),
    })
    .optional(),
});

export const instanceSchema = z
  .strictObject({
    ami: z.string().min(1),
    instanceType: z.string().min(1),
    subnetId: z.string().optional(),
    availabilityZone: z.string().optional(),
    privateIp: z.string().optional(),
    associatePublicIpAddress: z.boolean().optional(),
    vpcSecurityGroupIds: z.array(z.string()).optional(),
    keyName: z.string().optional(),
    userData: z.string().optional(),
    userDataBase64: z.string().optional(),
    userDataReplaceOnChange: z.boolean().optional(),
    rootBlockDevice: rootVolume.optional(),
    ebsBlockDevices: z.array(extraVolume).optional(),
    instanceMarketOptions: instanceMarketOptions.optional(),
    metadataOptions: metadataOptions.optional(),
    instanceInitiatedShutdownBehavior: z.enum(["stop", "terminate"]).optional(),
    ebsOptimized: z.boolean().optional(),
    monitoring: z.boolean().optional(),
    region: regionInput,
    tags: tagsInput,
    volumeTags: tagsInput,
    // The official defaults, which may be said aloud.
    getPasswordData: z.literal(false).optional(),
    sourceDestCheck: z.literal(true).optional(),
  })
  .refine(({ userData, userDataBase64 }) => userData === undefined || userDataBase64 === undefined, {
    path: ["userDataBase64"],
    message: "conflicts with userData: give one of them",
  })
  .refine(
    ({ volumeTags, rootBlockDevice, ebsBlockDevices = [] }) =>
      volumeTags === undefined || [rootBlockDevice, ...ebsBlockDevices].every((volume) => volume?.tags === undefined),
    { path: ["volumeTags"], message: "conflicts with tags of a block device: give one of them" },
  );
export type InstanceInputs = z.infer<typeof instanceSchema>;

export interface Request {
  readonly inputs: InstanceInputs;
  readonly rootDeviceName: string | undefined;
  readonly defaultTags: Tags;
  readonly token: string;
}

export function toRequest({ inputs, rootDeviceName, defaultTags, token }: Request): RunInstancesRequest {
  const { volumeTags, instanceMarketOptions: market } = inputs;
  return defined({
    MinCount: 1,
    MaxCount: 1,
    ClientToken: token,
    ImageId: inputs.ami,
    InstanceType: inputs.instanceType as RunInstancesRequest["InstanceType"],
    KeyName: inputs.keyName,
    UserData: inputs.userData === undefined ? inputs.userDataBase64 : Buffer.from(inputs.userData).toString("base64"),
    EbsOptimized: inputs.ebsOptimized,
    Monitoring: inputs.monitoring === undefined ? undefined : { Enabled: inputs.monitoring },
    InstanceInitiatedShutdownBehavior: inputs.instanceInitiatedShutdownBehavior,
    Placement: inputs.availabilityZone === undefined ? undefined : { AvailabilityZone: inputs.availabilityZone },
    BlockDeviceMappings: blockDevices(inputs, rootDeviceName),
    InstanceMarketOptions: market === undefined ? undefined : marketOptions(market),
    MetadataOptions: inputs.metadataOptions === undefined ? undefined : metadata(inputs.metadataOptions),
    TagSpecifications: [
      ...tagSpecification("instance", { ...defaultTags, ...inputs.tags }),
      ...tagSpecification("volume", { ...defaultTags, ...volumeTags }),
    ],
    ...network(inputs),
  });
}

/** A wish about the public address can be said of an interface only, and then so must all about the network. */
function network(inputs: InstanceInputs): Partial<RunInstancesRequest> {
  const { associatePublicIpAddress, subnetId, vpcSecurityGroupIds, privateIp } = inputs;
  if (associatePublicIpAddress === undefined) {
    return defined({ SubnetId: subnetId, SecurityGroupIds: vpcSecurityGroupIds, PrivateIpAddress: privateIp });
  }
  const face = {
    DeviceIndex: 0,
    DeleteOnTermination: true,
    AssociatePublicIpAddress: associatePublicIpAddress,
    SubnetId: subnetId,
    Groups: vpcSecurityGroupIds,
    PrivateIpAddress: privateIp,
  };
  return { NetworkInterfaces: [defined(face)] };
}

function blockDevices(inputs: InstanceInputs, rootDeviceName: string | undefined): BlockDeviceMapping[] | undefined {
  const { rootBlockDevice, ebsBlockDevices = [] } = inputs;
  const mappings = [
    ...(rootBlockDevice === undefined || rootDeviceName === undefined
      ? []
      : [{ DeviceName: rootDeviceName, Ebs: toEbs(rootBlockDevice) }]),
    ...ebsBlockDevices.map((volume) => ({ DeviceName: volume.deviceName, Ebs: toEbs(volume) })),
  ];
  return mappings.length === 0 ? undefined : mappings;
}

function toEbs(volume: RootVolume & Partial<Pick<ExtraVolume, "snapshotId">>): EbsBlockDevice {
  return defined({
    DeleteOnTermination: volume.deleteOnTermination ?? true,
    Encrypted: volume.encrypted,
    Iops: volume.iops,
    KmsKeyId: volume.kmsKeyId,
    SnapshotId: volume.snapshotId,
    Throughput: volume.throughput,
    VolumeSize: volume.volumeSize,
    VolumeType: volume.volumeType as EbsBlockDevice["VolumeType"],
  });
}

function marketOptions({ spotOptions }: z.infer<typeof instanceMarketOptions>): InstanceMarketOptionsRequest {
  if (spotOptions === undefined) return { MarketType: "spot" };
  const { instanceInterruptionBehavior, maxPrice, spotInstanceType, validUntil } = spotOptions;
  const SpotOptions = defined({
    InstanceInterruptionBehavior: instanceInterruptionBehavior,
    MaxPrice: maxPrice,
    SpotInstanceType: spotInstanceType,
    ValidUntil: validUntil === undefined ? undefined : new Date(validUntil),
  });
  return { MarketType: "spot", SpotOptions };
}

export function metadata(options: z.infer<typeof metadataOptions>): InstanceMetadataOptionsRequest {
  return defined({
    HttpEndpoint: options.httpEndpoint,
    HttpProtocolIpv6: options.httpProtocolIpv6,
    HttpPutResponseHopLimit: options.httpPutResponseHopLimit,
    HttpTokens: options.httpTokens,
    InstanceMetadataTags: options.instanceMetadataTags,
  });
}

/** Without what is not said: AWS has defaults of its own. */
function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
