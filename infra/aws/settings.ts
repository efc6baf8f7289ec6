/** Settings of platform aws: EC2 instances as workers, AMIs as images. */
import * as z from "zod";
import { count, lifetimeMinutes, tags, text, textLike, uniqueBy } from "../fields";

const region = textLike(/^[a-z]{2}(-[a-z]+)+-\d+$/, "name the region, e.g. us-east-1", "an AWS region");
const subnet = textLike(/^subnet-[0-9a-f]+$/, "name the subnet, e.g. subnet-0a1b2c3d", "a subnet id");
const account = textLike(/^\d{12}$/, "give the twelve digits of the account", "an AWS account id");
const instanceType = textLike(/^[a-z0-9-]+\.[a-z0-9-]+$/, "name the type, e.g. c7i.xlarge", "an instance type");

export const awsWorker = z.strictObject({
  platform: z.literal("aws"),
  region,
  /** Of the worker's architecture, e.g. c7i.xlarge (x86_64), c7g.xlarge (aarch64). */
  instanceType,
  /** Use spot capacity: cheaper, and may be taken away; the build is then tried again. @default true */
  spot: z.boolean().default(true),
  /** Subnets to try in turn, in different zones: spot capacity differs by zone. */
  subnets: z.array(subnet).min(1),
  /** The stock distribution image to start from: the newest that matches. */
  ami: z.strictObject({
    /** Account that owns it, so that nobody else's image of that name is taken. */
    owner: account,
    /** Name, with `*` for any text. */
    name: text("give the name of the stock image, with * for what changes"),
  }),
  /** User that the stock image lets in. @default fedora */
  user: text("name the user").default("fedora"),
  /** Root volume, gp3, GiB. @default 20 */
  diskGib: count().default(20),
  /** Volume for /var/lib/containers, gp3, GiB. @default 160 */
  scratchGib: count().default(160),
  /** Tags beside our own, e.g. who pays. */
  tags,
  /** After that the instance powers off, which terminates it. @default 180 */
  lifetimeMinutes,
});
export type AwsWorker = z.output<typeof awsWorker>;

/** The throw-away instance of a boot check, by architecture. */
const boot = z.strictObject({
  instanceTypes: z.strictObject({
    /** @default c7i.large */
    x86_64: instanceType.default("c7i.large"),
    /** @default c7g.large */
    aarch64: instanceType.default("c7g.large"),
  }),
  subnets: z.array(subnet).min(1),
});

const common = {
  /** Accounts that may start instances from the images. @default none but the owner */
  accounts: z.array(account).default([]),
  /** Let everyone start instances from the images. @default false */
  public: z.boolean().default(false),
  tags,
};

export const awsTarget = z.strictObject({
  platform: z.literal("aws"),
  regions: uniqueBy(
    z
      .array(
        z.strictObject({
          name: region,
          /** Key of this region in the output, needed where there are several. @default none: directly under the target */
          output: text("name the key").exactOptional(),
          /** Subnets that boot checks may use. */
          subnets: z.array(subnet).min(1),
        }),
      )
      .min(1),
    "name",
  ),
  ...common,
  /** Instance types of boot checks. */
  bootInstanceTypes: boot.shape.instanceTypes.prefault({}),
});
export type AwsTarget = z.output<typeof awsTarget>;

/** One region, complete. */
export const awsPlace = z.strictObject({
  platform: z.literal("aws"),
  region: z.string(),
  output: z.string().exactOptional(),
  ...common,
  boot,
});
export type AwsPlace = z.output<typeof awsPlace>;

export function awsPlaces(target: AwsTarget): AwsPlace[] {
  const { accounts, tags, bootInstanceTypes } = target;
  return target.regions.map(({ name, output, subnets }) => ({
    platform: "aws",
    region: name,
    ...(output === undefined ? {} : { output }),
    accounts,
    public: target.public,
    tags,
    boot: { instanceTypes: bootInstanceTypes, subnets },
  }));
}
