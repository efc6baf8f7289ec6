/** What is there of an image, and waiting for it. Shared by registered and copied images. */
import {
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DisableImageDeprecationCommand,
  EnableImageDeprecationCommand,
  GetInstanceUefiDataCommand,
  ModifyImageAttributeCommand,
  type BlockDeviceMapping,
  type Image,
} from "@aws-sdk/client-ec2";
import { ec2Arn } from "./arn";
import { found, reasonOf } from "./errors";
import type { Call, Values } from "./kind";
import { fromList } from "./tags";
import { until, VISIBLE_MS } from "./wait";

/** The official plugin's looks at an image. */
const LOOKS = { delayMs: 5000, everyMs: 5000 };
const SET_MS = 120_000;

const READY_MINUTES = 40;
const GONE_MINUTES = 90;

/** Of images that are there or are about to be; `failed` ones too. */
export async function findImage(id: string, call: Call): Promise<Image | undefined> {
  const command = new DescribeImagesCommand({ ImageIds: [id], IncludeDeprecated: true });
  const image = (await found(call.ec2.send(command)))?.Images?.[0];
  return image?.State === "deregistered" ? undefined : image;
}

/** An image of the caller's own: what an earlier attempt made, whose answer was lost. */
export async function ownImageNamed(name: string, call: Call): Promise<string | undefined> {
  const Filters = [{ Name: "name", Values: [name] }];
  const { Images } = await call.ec2.send(new DescribeImagesCommand({ Owners: ["self"], Filters }));
  return Images?.[0]?.ImageId;
}

export async function availableImage(id: string, call: Call): Promise<Image> {
  const bound = { what: `image ${id} to be available`, timeoutMs: call.timeoutMs(READY_MINUTES), ...LOOKS };
  return until(bound, call, async (elapsedMs) => {
    const image = await findImage(id, call);
    if (image === undefined) {
      if (elapsedMs < VISIBLE_MS) return undefined;
      throw new Error(`image ${id} is not to be found, ${VISIBLE_MS / 1000} s after EC2 named it`);
    }
    switch (image.State) {
      case "available":
        return image;
      case "failed":
      case "invalid":
      case "error":
        throw new Error(`image ${id} is ${image.State}: ${reasonOf(image.StateReason)}`);
      default:
        return undefined;
    }
  });
}

export interface Changeable {
  readonly description?: string | undefined;
  readonly deprecationTime?: string | undefined;
}

/** What may change while it is there: brought to what the inputs say. */
export async function arrangeImage(image: Image, wanted: Changeable, call: Call): Promise<void> {
  const ImageId = image.ImageId;
  if (ImageId === undefined) throw new Error("an image without an id");
  const { description, deprecationTime } = wanted;
  if (description !== undefined && description !== (image.Description ?? "")) {
    await call.ec2.send(new ModifyImageAttributeCommand({ ImageId, Description: { Value: description } }));
    await shows(ImageId, "its description", call, (seen) => seen.Description === description);
  }
  const there = image.DeprecationTime;
  if (deprecationTime !== undefined && !isSameMinute(deprecationTime, there)) {
    await call.ec2.send(new EnableImageDeprecationCommand({ ImageId, DeprecateAt: new Date(deprecationTime) }));
    const set = (seen: Image) => isSameMinute(deprecationTime, seen.DeprecationTime);
    await shows(ImageId, "its deprecation", call, set);
  }
  if (deprecationTime === undefined && there !== undefined && there !== "") {
    await call.ec2.send(new DisableImageDeprecationCommand({ ImageId }));
    await shows(ImageId, "no deprecation", call, ({ DeprecationTime = "" }) => DeprecationTime === "");
  }
}

async function shows(id: string, what: string, call: Call, is: (image: Image) => boolean): Promise<void> {
  await until({ what: `image ${id} to show ${what}`, timeoutMs: SET_MS, ...LOOKS }, call, async () => {
    const image = await findImage(id, call);
    return image !== undefined && is(image) ? true : undefined;
  });
}

/** EC2 rounds to the minute. */
function isSameMinute(one: string, other: string | undefined): boolean {
  return other !== undefined && Math.abs(Date.parse(one) - Date.parse(other)) <= 60_000;
}

export async function describeImage(id: string, call: Call): Promise<Values | undefined> {
  const image = await findImage(id, call);
  if (image === undefined) return undefined;
  // The official plugin asks this with an image's id, and goes by the answer only if there is one: never.
  await call.ec2.send(new GetInstanceUefiDataCommand({ InstanceId: id })).catch(() => undefined);
  return imageState(image, call.region);
}

export function imageState(image: Image, region: string) {
  const devices = (image.BlockDeviceMappings ?? []).filter(({ Ebs }) => Ebs !== undefined);
  const root = devices.find(({ DeviceName }) => DeviceName === image.RootDeviceName);
  return {
    architecture: image.Architecture ?? "",
    arn: ec2Arn(region, "", `image/${image.ImageId ?? ""}`),
    bootMode: image.BootMode ?? "",
    deprecationTime: image.DeprecationTime ?? "",
    description: image.Description ?? "",
    ebsBlockDevices: devices.map(volumeState),
    enaSupport: image.EnaSupport ?? false,
    ephemeralBlockDevices: [],
    hypervisor: image.Hypervisor ?? "",
    imageLocation: image.ImageLocation ?? "",
    imageOwnerAlias: image.ImageOwnerAlias ?? "",
    imageType: image.ImageType ?? "",
    imdsSupport: image.ImdsSupport ?? "",
    kernelId: image.KernelId ?? "",
    lastLaunchedTime: image.LastLaunchedTime ?? "",
    name: image.Name ?? "",
    ownerId: image.OwnerId ?? "",
    platform: image.Platform ?? "",
    platformDetails: image.PlatformDetails ?? "",
    public: image.Public ?? false,
    ramdiskId: image.RamdiskId ?? "",
    rootDeviceName: image.RootDeviceName ?? "",
    rootSnapshotId: root?.Ebs?.SnapshotId ?? "",
    sriovNetSupport: image.SriovNetSupport ?? "",
    tagsAll: fromList(image.Tags),
    tpmSupport: image.TpmSupport ?? "",
    usageOperation: image.UsageOperation ?? "",
    virtualizationType: image.VirtualizationType ?? "",
  };
}

function volumeState({ DeviceName, Ebs }: BlockDeviceMapping) {
  return {
    deleteOnTermination: Ebs?.DeleteOnTermination ?? true,
    deviceName: DeviceName ?? "",
    encrypted: Ebs?.Encrypted ?? false,
    iops: Ebs?.Iops ?? 0,
    outpostArn: Ebs?.OutpostArn ?? "",
    snapshotId: Ebs?.SnapshotId ?? "",
    throughput: Ebs?.Throughput ?? 0,
    volumeSize: Ebs?.VolumeSize ?? 0,
    volumeType: Ebs?.VolumeType ?? "standard",
  };
}

/**
 * Deregisters it, deletes its snapshots at once, and waits until it is gone. As the official plugin: a snapshot that can't
 * be deleted is not tried again, and those of an image that somebody else deregistered are left.
 */
export async function removeImage(id: string, call: Call, snapshots: readonly string[] = []): Promise<void> {
  if ((await found(call.ec2.send(new DeregisterImageCommand({ ImageId: id })))) === undefined) return;
  const failures: string[] = [];
  for (const SnapshotId of snapshots) {
    try {
      await call.ec2.send(new DeleteSnapshotCommand({ SnapshotId }));
    } catch (error) {
      failures.push(`${SnapshotId}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (failures.length > 0) throw new Error(`image ${id} is gone, but not its snapshots: ${failures.join("; ")}`);
  await until({ what: `image ${id} to go`, timeoutMs: call.timeoutMs(GONE_MINUTES), ...LOOKS }, call, async () =>
    (await findImage(id, call)) === undefined ? true : undefined,
  );
}

/** The outputs that only AWS knows beforehand. */
export const IMAGE_OUTPUTS = [
  "arn",
  "hypervisor",
  "imageLocation",
  "imageOwnerAlias",
  "imageType",
  "kernelId",
  "lastLaunchedTime",
  "manageEbsSnapshots",
  "ownerId",
  "platform",
  "platformDetails",
  "public",
  "ramdiskId",
  "rootSnapshotId",
  "usageOperation",
];
