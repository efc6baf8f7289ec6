/** `aws:ec2/amiCopy:AmiCopy`: a copy of an image, often in another region. The snapshots of the copy are its own. */
import { CopyImageCommand, DeleteSnapshotCommand } from "@aws-sdk/client-ec2";
import { z } from "zod";
import {
  arrangeImage,
  availableImage,
  describeImage,
  findImage,
  IMAGE_OUTPUTS,
  imageState,
  removeImage,
} from "./image-state";
import type { Call, ResourceKind, Values } from "./kind";
import { removeUnused } from "./remove";
import { regionInput, tagsInput } from "./schemas";
import { tagSpecification } from "./tags";

const SNAPSHOT_MINUTES = 10;

const schema = z.strictObject({
  name: z.string().min(3).max(128),
  sourceAmiId: z.string().min(1),
  sourceAmiRegion: z.string().min(1),
  description: z.string().optional(),
  deprecationTime: z.iso.datetime({ offset: true }).optional(),
  encrypted: z.boolean().optional(),
  kmsKeyId: z.string().optional(),
  region: regionInput,
  tags: tagsInput,
});
type Inputs = z.infer<typeof schema>;

export const amiCopy: ResourceKind<Inputs> = {
  schema,
  nameProperty: "name",
  updatable: ["description", "deprecationTime"],
  tagged: true,
  computed: [
    ...IMAGE_OUTPUTS,
    "architecture",
    "bootMode",
    "ebsBlockDevices",
    "enaSupport",
    "ephemeralBlockDevices",
    "imdsSupport",
    "rootDeviceName",
    "sriovNetSupport",
    "tpmSupport",
    "virtualizationType",
  ],
  start: async (inputs, call) => {
    const { name, sourceAmiId, sourceAmiRegion, description, encrypted, kmsKeyId, tags } = inputs;
    const command = new CopyImageCommand({
      Name: name,
      SourceImageId: sourceAmiId,
      SourceRegion: sourceAmiRegion,
      ClientToken: call.token(),
      ...(description !== undefined && { Description: description }),
      ...(encrypted !== undefined && { Encrypted: encrypted }),
      ...(kmsKeyId !== undefined && { KmsKeyId: kmsKeyId }),
      TagSpecifications: tagSpecification("image", { ...call.defaultTags, ...tags }),
    });
    const { ImageId } = await call.ec2.send(command);
    if (ImageId === undefined) throw new Error(`CopyImage of ${sourceAmiId} gave no id`);
    call.log(`${ImageId} is a copy of ${sourceAmiId} in ${sourceAmiRegion}`);
    return ImageId;
  },
  settle: async (id, inputs, call) => {
    await arrangeImage(await availableImage(id, call), inputs, call);
  },
  look: async (id, call) => {
    const state = await describeImage(id, call);
    return state && { ...state, manageEbsSnapshots: true };
  },
  remove: async (id, state, call) => {
    const image = await findImage(id, call);
    const there = image === undefined ? state : imageState(image, call.region);
    await removeImage(id, call);
    for (const snapshot of snapshotsOf(there)) await removeSnapshot(snapshot, call);
  },
};

function snapshotsOf(state: Values): string[] {
  const devices = Array.isArray(state["ebsBlockDevices"]) ? (state["ebsBlockDevices"] as unknown[]) : [];
  return devices.flatMap((device) => {
    const id = (device as { readonly snapshotId?: unknown }).snapshotId;
    return typeof id === "string" && id !== "" ? [id] : [];
  });
}

/** EC2 may hold it for the image a moment longer than the image is there. */
async function removeSnapshot(id: string, call: Call): Promise<void> {
  const removal = {
    name: `snapshot ${id}`,
    timeoutMs: call.timeoutMs(SNAPSHOT_MINUTES),
    inUse: "InvalidSnapshot.InUse",
    remove: () => call.ec2.send(new DeleteSnapshotCommand({ SnapshotId: id })),
  };
  await removeUnused(removal, call);
}
