/** Settings of platform ibm: IBM Cloud VPC instances as workers, VPC custom images as images. */
import * as z from "zod";
import { count, lifetimeMinutes, tags, text, textLike, uniqueBy } from "../fields";

const region = textLike(/^[a-z]{2}-[a-z]+$/, "name the region, e.g. us-east or br-sao", "an IBM Cloud region");
const zone = textLike(/^[a-z]{2}-[a-z]+-\d$/, "name the zone, e.g. us-east-1", "an IBM Cloud zone");
const profile = textLike(/^[a-z0-9]+-\d+x\d+$/, "name the profile, e.g. bz2-4x16", "an instance profile");
const resourceGroup = text("name the resource group");

export const ibmWorker = z.strictObject({
  platform: z.literal("ibm"),
  region,
  zone,
  /** Of the worker's architecture. @default bz2-4x16 */
  profile: profile.default("bz2-4x16"),
  /** Stock image to start from: its name in IBM's catalogue. */
  image: text("name the stock image"),
  vpc: text("name the VPC"),
  subnet: text("name the subnet"),
  resourceGroup,
  /** A reserved floating IP to use: they are billed by the month each. @default a new one, released afterwards */
  floatingIp: text("name the floating IP").exactOptional(),
  /** User that the stock image lets in. @default root */
  user: text("name the user").default("root"),
  /** Volume for /var/lib/containers, GiB. @default 40 */
  scratchGib: count(10).default(40),
  tags,
  /** @default 180 */
  lifetimeMinutes,
});
export type IbmWorker = z.output<typeof ibmWorker>;

/** Object storage that every region imports from. */
const bucket = z.strictObject({
  name: text("name the Cloud Object Storage bucket"),
  /** As in `cos://REGION/BUCKET/NAME.qcow2`. */
  region,
});

const common = {
  bucket,
  resourceGroup,
  /** Name from IBM's list of operating systems; decides architecture and licence. */
  operatingSystem: text("name one of IBM's operating systems of the image's architecture"),
  tags,
};

/** Where a boot check starts its throw-away instance. */
const boot = z.strictObject({
  zone,
  profile: profile.default("bz2-1x4"),
  vpc: text("name the VPC"),
  subnet: text("name the subnet"),
});

export const ibmTarget = z.strictObject({
  platform: z.literal("ibm"),
  /** Images are registered in each region from the one object. */
  regions: uniqueBy(
    z
      .array(
        z.strictObject({
          name: region,
          /** Key of this region in the output. @default the name with `_` for `-` */
          output: text("name the key").exactOptional(),
          boot,
        }),
      )
      .min(1),
    "name",
  ),
  ...common,
});
export type IbmTarget = z.output<typeof ibmTarget>;

/** One region, complete. */
export const ibmPlace = z.strictObject({
  platform: z.literal("ibm"),
  region: z.string(),
  output: z.string(),
  ...common,
  boot,
});
export type IbmPlace = z.output<typeof ibmPlace>;

export function ibmPlaces(target: IbmTarget): IbmPlace[] {
  const { bucket, resourceGroup, operatingSystem, tags } = target;
  return target.regions.map(({ name, output = name.replaceAll("-", "_"), boot }) => ({
    platform: "ibm",
    region: name,
    output,
    bucket,
    resourceGroup,
    operatingSystem,
    tags,
    boot,
  }));
}
