/** `aws.ec2.getAmi`: one image, or the newest of many. */
import { paginateDescribeImages, type BlockDeviceMapping, type Image } from "@aws-sdk/client-ec2";
import { z } from "zod";
import type { PluginFunction } from "./plugin-function";
import { imageState } from "../image-state";
import { filterArgs, toFilters } from "./filters";

const schema = z.strictObject({
  ...filterArgs,
  owners: z.array(z.string()).optional(),
  executableUsers: z.array(z.string()).optional(),
  mostRecent: z.boolean().optional(),
  nameRegex: z.string().optional(),
  includeDeprecated: z.boolean().optional(),
  allowUnsafeFilter: z.boolean().optional(),
});
type Args = z.infer<typeof schema>;

/** The newest of everybody's images is anybody's. */
function isUnsafe({ mostRecent, allowUnsafeFilter, owners = [], filters = [] }: Args): boolean {
  const byOwner = ["image-id", "owner-id", "owner-alias"];
  const safe = owners.length > 0 || filters.some(({ name }) => byOwner.includes(name));
  return mostRecent === true && allowUnsafeFilter !== true && !safe;
}

function newest(images: readonly Image[]): Image | undefined {
  return [...images].sort((a, b) => (b.CreationDate ?? "").localeCompare(a.CreationDate ?? ""))[0];
}

export const getAmi: PluginFunction<Args> = {
  schema,
  call: async (args, { clients, region }) => {
    if (isUnsafe(args)) {
      throw new Error(
        "aws.ec2.getAmi: mostRecent without owners takes anybody's image: name owners, filter by owner-id, owner-alias " +
          "or image-id, or set allowUnsafeFilter",
      );
    }
    const { owners, executableUsers, includeDeprecated, nameRegex, mostRecent } = args;
    const Filters = toFilters(args, {});
    const pages = paginateDescribeImages(
      { client: clients.ec2(region), pageSize: 1000 },
      {
        ...(owners && { Owners: owners }),
        ...(executableUsers && { ExecutableUsers: executableUsers }),
        ...(includeDeprecated === true && { IncludeDeprecated: true }),
        ...(Filters.length > 0 && { Filters }),
      },
    );
    const pattern = nameRegex === undefined ? undefined : new RegExp(nameRegex);
    const images: Image[] = [];
    for await (const { Images = [] } of pages) {
      images.push(...Images.filter(({ Name }) => pattern === undefined || pattern.test(Name ?? "")));
    }
    const what = `aws.ec2.getAmi in ${region}, ${JSON.stringify({ owners, nameRegex, filters: args.filters })}`;
    if (images.length > 1 && mostRecent !== true) {
      throw new Error(`${what}: ${images.length} images match: filter more narrowly, or set mostRecent`);
    }
    const image = newest(images);
    if (image === undefined) throw new Error(`${what}: no image matches: check owners, filters and the region`);
    return { ...given(args), ...resultOf(image, region) };
  },
};

function given(args: Args): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined));
}

function resultOf(image: Image, region: string) {
  const { tagsAll, ebsBlockDevices: _devices, ephemeralBlockDevices: _ephemeral, ...state } = imageState(image, region);
  const { Code = "UNSET", Message = "UNSET" } = image.StateReason ?? {};
  return {
    ...state,
    blockDeviceMappings: (image.BlockDeviceMappings ?? []).map(mappingOf),
    creationDate: image.CreationDate ?? "",
    id: image.ImageId ?? "",
    imageId: image.ImageId ?? "",
    productCodes: (image.ProductCodes ?? []).map(({ ProductCodeId, ProductCodeType }) => ({
      productCodeId: ProductCodeId ?? "",
      productCodeType: ProductCodeType ?? "",
    })),
    region,
    rootDeviceType: image.RootDeviceType ?? "",
    state: image.State ?? "",
    stateReason: { code: Code, message: Message },
    tags: tagsAll,
  };
}

function mappingOf({ DeviceName, Ebs, NoDevice, VirtualName }: BlockDeviceMapping) {
  const ebs = Ebs && {
    delete_on_termination: String(Ebs.DeleteOnTermination ?? false),
    encrypted: String(Ebs.Encrypted ?? false),
    iops: String(Ebs.Iops ?? 0),
    snapshot_id: Ebs.SnapshotId ?? "",
    throughput: String(Ebs.Throughput ?? 0),
    volume_size: String(Ebs.VolumeSize ?? 0),
    volume_type: Ebs.VolumeType ?? "",
  };
  return { deviceName: DeviceName ?? "", ebs: ebs ?? {}, noDevice: NoDevice ?? "", virtualName: VirtualName ?? "" };
}
