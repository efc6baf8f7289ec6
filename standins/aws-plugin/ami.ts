/** `aws:ec2/ami:Ami`: an image registered from snapshots that are there. Deleting it leaves them, for it made none. */
import { RegisterImageCommand, type BlockDeviceMapping, type RegisterImageRequest } from "@aws-sdk/client-ec2";
import { z } from "zod";
import { codeOf, wasRetried } from "./errors";
import { arrangeImage, availableImage, describeImage, IMAGE_OUTPUTS, ownImageNamed, removeImage } from "./image-state";
import type { Call, ResourceKind, Values } from "./kind";
import { imageVolume, regionInput, tagsInput, type ImageVolume } from "./schemas";
import { retag } from "./tags";
import { until, VISIBLE_MS } from "./wait";

const date = z.iso.datetime({ offset: true, error: "must be a time as 2030-01-01T00:00:00Z" });

/** Required where the official plugin requires it, by AWS's word: a root device, and something to boot from. */
const schema = z.strictObject({
  name: z.string().min(3).max(128),
  architecture: z.enum(["arm64", "arm64_mac", "i386", "x86_64", "x86_64_mac"]),
  bootMode: z.enum(["legacy-bios", "uefi", "uefi-preferred"]).optional(),
  deprecationTime: date.optional(),
  description: z.string().optional(),
  ebsBlockDevices: z.array(imageVolume).optional(),
  enaSupport: z.boolean().optional(),
  imdsSupport: z.enum(["v2.0"]).optional(),
  rootDeviceName: z.string().optional(),
  sriovNetSupport: z.string(),
  tpmSupport: z.enum(["v2.0"]).optional(),
  uefiData: z.string().optional(),
  virtualizationType: z.enum(["hvm", "paravirtual"]),
  region: regionInput,
  tags: tagsInput,
});
type Inputs = z.infer<typeof schema>;

const DEFAULTS = { architecture: "x86_64", sriovNetSupport: "simple", virtualizationType: "paravirtual" };

/** Without tags, which it could have: the official plugin gives an image its own by a call that follows. */
function register(inputs: Inputs): RegisterImageRequest {
  const said = {
    Description: inputs.description,
    BootMode: inputs.bootMode,
    EnaSupport: inputs.enaSupport,
    ImdsSupport: inputs.imdsSupport,
    RootDeviceName: inputs.rootDeviceName,
    TpmSupport: inputs.tpmSupport,
    UefiData: inputs.uefiData,
  };
  return {
    Name: inputs.name,
    Architecture: inputs.architecture,
    SriovNetSupport: inputs.sriovNetSupport,
    VirtualizationType: inputs.virtualizationType,
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
    BlockDeviceMappings: (inputs.ebsBlockDevices ?? []).map(toMapping),
  };
}

function toMapping(volume: ImageVolume): BlockDeviceMapping {
  const { deviceName, snapshotId, encrypted, iops, throughput, volumeSize } = volume;
  const said = { SnapshotId: snapshotId, Iops: iops, Throughput: throughput, VolumeSize: volumeSize };
  return {
    DeviceName: deviceName,
    Ebs: {
      DeleteOnTermination: volume.deleteOnTermination ?? true,
      VolumeType: (volume.volumeType ?? "standard") as "standard" | "gp3",
      // Of a snapshot it is decided already, and EC2 refuses to be told.
      ...(snapshotId === undefined && encrypted !== undefined && { Encrypted: encrypted }),
      ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
    },
  };
}

async function look(id: string, call: Call): Promise<Values | undefined> {
  const state = await describeImage(id, call);
  return state && { ...state, manageEbsSnapshots: false };
}

export const ami: ResourceKind<Inputs> = {
  schema,
  defaults: (news) => ({ ...DEFAULTS, ...news }),
  nameProperty: "name",
  updatable: ["description", "deprecationTime"],
  tagged: true,
  computed: IMAGE_OUTPUTS,
  enriched: ["ebsBlockDevices"],
  start: async (inputs, call) => {
    let id: string | undefined;
    try {
      id = (await call.ec2.send(new RegisterImageCommand(register(inputs)))).ImageId;
    } catch (error) {
      // RegisterImage takes no token: an attempt whose answer was lost is known by its name.
      if (codeOf(error) !== "InvalidAMIName.Duplicate" || !wasRetried(error)) throw error;
      const what = `image ${inputs.name}, registered by an attempt whose answer was lost`;
      id = await until({ what, timeoutMs: VISIBLE_MS }, call, () => ownImageNamed(inputs.name, call));
    }
    if (id === undefined) throw new Error(`RegisterImage of ${inputs.name} gave no id`);
    call.log(`${id} is registered`);
    return id;
  },
  finish: (id, { tags }, call) => retag(call.ec2, [id], {}, { ...call.defaultTags, ...tags }),
  settle: async (id, inputs, call) => {
    await arrangeImage(await availableImage(id, call), inputs, call);
  },
  look,
  remove: (id, _state, call) => removeImage(id, call),
};
