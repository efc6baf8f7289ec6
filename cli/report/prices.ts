/**
 * What things cost by the list, USD, without contract, discount or tax. All prices of the report stand here; who pays
 * others changes them here. What has no price is named in the report and counted as nothing.
 *
 * Sources, as looked up on 2026-11-24:
 * - EC2 on demand, Linux, us-east-1: https://aws.amazon.com/ec2/pricing/on-demand/ (read from public tables that quote it)
 * - EBS snapshots, standard tier, us-east-1: https://aws.amazon.com/ebs/pricing/, $0.05 per GB-month of data, holes free
 * - EBS volumes, gp3, us-east-1: https://aws.amazon.com/ebs/pricing/, $0.08 per GB-month of size
 * - S3 Standard, us-east-1, first 50 TB: https://aws.amazon.com/s3/pricing/, $0.023 per GB-month
 * - IBM Cloud publishes the prices of its z profiles and of custom images only in its catalogue, behind a login: none here.
 */

/** For an hour of a worker, by platform and type. */
const HOUR_USD: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  aws: {
    "c7i.large": 0.08925,
    "c7i.xlarge": 0.1785,
    "c7i.2xlarge": 0.357,
    "c7g.large": 0.0725,
    "c7g.xlarge": 0.145,
    "c7g.2xlarge": 0.29,
  },
};

/** For a GiB of data that a snapshot holds, a month. */
export const SNAPSHOT_GIB_MONTH_USD = 0.05;
/** For a GiB in the store, a month, if it is Amazon's. */
export const STORE_GIB_MONTH_USD = 0.023;

/** For a GiB of an EBS volume, a month. */
const VOLUME_GIB_MONTH_USD = 0.08;

/** What a thing costs a month by its size, USD; undefined where that is not what is paid for, or is not known. */
export function monthOf(thing: {
  readonly platform: string;
  readonly kind: string;
  readonly bytes?: number;
}): number | undefined {
  if (thing.bytes === undefined || thing.platform !== "aws") return undefined;
  const gib = thing.bytes / 2 ** 30;
  if (thing.kind === "snapshot") return gib * SNAPSHOT_GIB_MONTH_USD;
  return thing.kind === "volume" ? gib * VOLUME_GIB_MONTH_USD : undefined;
}

/** Machines that nobody is billed for by the hour: one's own. */
const OWN: readonly string[] = ["libvirt", "ssh"];
const SPOT = / spot$/;

export type Price =
  | {
      readonly kind: "listed";
      readonly usd: number;
      /** The real price is lower, and moves: spot. */
      readonly atMost: boolean;
    }
  | { readonly kind: "own" }
  | { readonly kind: "unknown" };

/** @param type as the platform names it, ` spot` behind it for a spot instance */
export function hourOf(platform: string, type: string): Price {
  if (OWN.includes(platform)) return { kind: "own" };
  const usd = HOUR_USD[platform]?.[type.replace(SPOT, "")];
  return usd === undefined ? { kind: "unknown" } : { kind: "listed", usd, atMost: SPOT.test(type) };
}
