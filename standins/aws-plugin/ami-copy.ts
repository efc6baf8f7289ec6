/** `aws:ec2/amiCopy:AmiCopy`: a copy of an image, often in another region. The snapshots of the copy are its own. */
import { CopyImageCommand } from "@aws-sdk/client-ec2";
import { z } from "zod";
import { arrangeImage, availableImage, describeImage, IMAGE_OUTPUTS, removeImage } from "./image-state";
import type { ResourceKind, Values } from "./kind";
import { regionInput, tagsInput } from "./schemas";
import { retag } from "./tags";

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
    const { name, sourceAmiId, sourceAmiRegion, description, encrypted, kmsKeyId } = inputs;
    const command = new CopyImageCommand({
      Name: name,
      SourceImageId: sourceAmiId,
      SourceRegion: sourceAmiRegion,
      ClientToken: call.token(),
      // Said even where the program does not.
      Description: description ?? "",
      Encrypted: encrypted ?? false,
      ...(kmsKeyId !== undefined && { KmsKeyId: kmsKeyId }),
    });
    const { ImageId } = await call.ec2.send(command);
    if (ImageId === undefined) throw new Error(`CopyImage of ${sourceAmiId} gave no id`);
    call.log(`${ImageId} is a copy of ${sourceAmiId} in ${sourceAmiRegion}`);
    return ImageId;
  },
  finish: (id, { tags }, call) => retag(call.ec2, [id], {}, { ...call.defaultTags, ...tags }),
  settle: async (id, inputs, call) => {
    await arrangeImage(await availableImage(id, call), inputs, call);
  },
  look: async (id, call) => {
    const state = await describeImage(id, call);
    return state && { ...state, manageEbsSnapshots: true };
  },
  remove: (id, state, call) => removeImage(id, call, snapshotsOf(state)),
};

function snapshotsOf(state: Values): string[] {
  const devices = Array.isArray(state["ebsBlockDevices"]) ? (state["ebsBlockDevices"] as unknown[]) : [];
  return devices.flatMap((device) => {
    const id = (device as { readonly snapshotId?: unknown }).snapshotId;
    return typeof id === "string" && id !== "" ? [id] : [];
  });
}
