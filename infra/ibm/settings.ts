/** Settings of platform ibm: IBM Cloud VPC instances as workers, VPC custom images as images. */
import * as z from "zod";
import {
  count,
  lifetimeMinutes,
  serviceAddress,
  text,
  textLike,
  uniqueBy,
  type Environment,
  WHENEVER,
} from "../fields";
import { egress } from "../egress";
import { jumpHost } from "../jump-host";
import { admittedTo, missingCidr, operatorCidr, operatorRange, targetCidr } from "../operator-cidr";
import { ibmTags, misfits } from "./limits";

const region = textLike(/^[a-z]{2}-[a-z]+$/, "name the region, e.g. us-east or br-sao", "an IBM Cloud region");
const zone = textLike(/^[a-z]{2}-[a-z]+-\d$/, "name the zone, e.g. us-east-1", "an IBM Cloud zone");
/** `bx2-4x16`, `gx3-16x80x1l4`: whether there is such a one, IBM is asked. */
const profile = textLike(/^[a-z0-9]+(-[a-z0-9]+)+$/, "name the profile, e.g. bx2-4x16", "an instance profile");
const location = textLike(
  /^([a-z]{2}(-[a-z]+)?|[a-z]{3}\d{2})$/,
  "name the bucket's location, e.g. jp-tok, eu or par01",
  "a location of Cloud Object Storage",
);
const resourceGroup = text("name the resource group");

/** Where a throw-away instance is, and how it is reached. */
const network = {
  zone,
  vpc: text("name the VPC"),
  /** In that zone, with a way out. */
  subnet: text("name the subnet"),
  /** A reserved floating IP to use: they are billed by the month each. @default a new one, released afterwards */
  floatingIp: text("name the floating IP").exactOptional(),
  /**
   * Which address ssh goes to. `private`: it gets no public one, and whoever runs this is in the VPC, over a VPN or a machine
   * there; the subnet then needs a public gateway. @default public
   */
  address: z.enum(["public", "private"]).exactOptional(),
  /** What ssh to its private address goes through; operatorCidr then has that one's own address there. @default nothing */
  jumpHost: jumpHost.exactOptional(),
};

export const ibmWorker = (env: Environment) =>
  workerFields(env).check(
    z.superRefine((worker, context) => {
      for (const one of misfits(worker)) context.addIssue({ code: "custom", ...one });
    }, WHENEVER),
  );
export type IbmWorker = z.output<ReturnType<typeof ibmWorker>>;

const workerFields = (env: Environment) =>
  z.strictObject({
    platform: z.literal("ibm"),
    region,
    ...network,
    /** Whom it lets in to port 22, an IPv4 range. @default COPR_BUILDERS_OPERATOR_CIDR */
    operatorCidr: operatorCidr(env),
    /** Where it may connect to, IPv4 ranges, besides IBM's own services in 161.26.0.0/16 (name servers, clock). @default everywhere */
    egress,
    /** Of the worker's architecture. @default bx2-4x16 */
    profile: profile.default("bx2-4x16"),
    /** Stock image to start from: its name in IBM's catalogue. @default the newest of the operating system */
    image: text("name the stock image").exactOptional(),
    /** Whose newest stock image is taken. @default ubuntu-24-04-amd64 or ubuntu-24-04-s390x, as the architecture is */
    operatingSystem: text("name the operating system of a stock image").exactOptional(),
    resourceGroup,
    /** Volume for /var/lib/containers, GiB. @default 40 */
    scratchGib: count(10).max(16_000, "is more than a volume of VPC has, which is 16,000").default(40),
    /** User tags beside our own, e.g. who pays. IBM keeps them in lower case. */
    tags: ibmTags,
    /** After that the instance powers off; it is deleted by the run, or by the next one. @default 180 */
    lifetimeMinutes,
  });

/** Object storage that every region imports from. */
const bucket = z.strictObject({
  name: text("name the Cloud Object Storage bucket"),
  /** Its location, as in `cos://REGION/BUCKET/NAME.qcow2`: any, whatever the regions of the images. */
  region: location,
});

const common = {
  bucket,
  resourceGroup,
  /** Name from IBM's list of operating systems; decides architecture and licence. */
  operatingSystem: text("name one of IBM's operating systems of the image's architecture"),
  /** User tags beside our own, e.g. who pays. IBM keeps them in lower case. */
  tags: ibmTags,
  /**
   * Who puts a new disk into the bucket: the worker that builds it, by presigned URLs, or this machine, from the store. What the worker
   * can't send comes from the store. @default worker
   */
  diskFrom: z.enum(["worker", "store"]).exactOptional(),
  /** Cloud Object Storage as workers reach it. @default the public endpoint of the bucket's location, or IBMCLOUD_COS_ENDPOINT */
  endpointForWorkers: serviceAddress("https://s3.direct.jp-tok.cloud-object-storage.appdomain.cloud").exactOptional(),
};

/** Where a boot check starts its throw-away instance. */
const boot = z.strictObject({
  ...network,
  /** Whom its machines let in to port 22, e.g. the jump host's own address there. @default the target's */
  operatorCidr: operatorRange.exactOptional(),
  /** @default bx2-2x8 for x86_64, bz2-1x4 for s390x */
  profile: profile.exactOptional(),
});

const targetRegion = z
  .strictObject({
    name: region,
    /** Key of this region in the output. @default the name with `_` for `-` */
    output: text("name the key").exactOptional(),
    boot,
  })
  .check(
    z.superRefine(({ name, boot }: { readonly name?: unknown; readonly boot?: unknown }, context) => {
      const wanted = typeof boot === "object" && boot !== null ? boot : {};
      for (const { path, message } of misfits({ region: name, ...wanted })) {
        context.addIssue({ code: "custom", path: ["boot", ...path], message });
      }
    }, WHENEVER),
  );

const targetFields = (env: Environment) =>
  z.strictObject({
    platform: z.literal("ibm"),
    /** Images are registered in each region from the one object. */
    regions: uniqueBy(z.array(targetRegion).min(1), "name"),
    /**
     * Whom the boot checks' machines let in to port 22, an IPv4 range; not needed where each region's boot has its own.
     * @default COPR_BUILDERS_OPERATOR_CIDR
     */
    operatorCidr: targetCidr(env),
    ...common,
  });

export const ibmTarget = (env: Environment) =>
  targetFields(env).check(
    z.superRefine((target: { readonly operatorCidr?: unknown; readonly regions?: unknown }, context) => {
      const { operatorCidr: everywhere, regions } = target;
      const message = missingCidr(everywhere, (Array.isArray(regions) ? (regions as unknown[]) : []).map(ownCidr));
      if (message !== undefined) context.addIssue({ code: "custom", path: ["operatorCidr"], message });
    }, WHENEVER),
  );

/** Read before all of it is known to be in order. */
function ownCidr(region: unknown): unknown {
  const { boot } = Object(region) as { readonly boot?: unknown };
  return (Object(boot) as { readonly operatorCidr?: unknown }).operatorCidr;
}
export type IbmTarget = z.output<ReturnType<typeof ibmTarget>>;

/** One region, complete. */
export const ibmPlace = z.strictObject({
  platform: z.literal("ibm"),
  region: z.string(),
  output: z.string(),
  ...common,
  boot: boot.extend({ operatorCidr: z.string() }),
});
export type IbmBoot = IbmPlace["boot"];
export type IbmPlace = z.output<typeof ibmPlace>;

export function ibmPlaces(target: IbmTarget): IbmPlace[] {
  const { bucket, resourceGroup, operatingSystem, tags, operatorCidr, diskFrom, endpointForWorkers } = target;
  return target.regions.map(({ name, output = name.replaceAll("-", "_"), boot }) => ({
    platform: "ibm",
    region: name,
    output,
    bucket,
    resourceGroup,
    operatingSystem,
    tags,
    ...(diskFrom === undefined ? {} : { diskFrom }),
    ...(endpointForWorkers === undefined ? {} : { endpointForWorkers }),
    boot: { ...boot, operatorCidr: admittedTo(name, boot.operatorCidr, operatorCidr) },
  }));
}
