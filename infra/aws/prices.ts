/**
 * What Amazon's things cost by the list, USD, without contract, discount or tax. Sources, as looked up on 2026-11-24:
 * - EC2 on demand, Linux, us-east-1: https://aws.amazon.com/ec2/pricing/on-demand/ (read from public tables that quote it)
 * - EBS snapshots, standard tier, us-east-1: https://aws.amazon.com/ebs/pricing/, $0.05 per GB-month of data, holes free
 * - EBS volumes, gp3, us-east-1: https://aws.amazon.com/ebs/pricing/, $0.08 per GB-month of size
 */
import type { Price } from "../definition";

/** For an hour of an instance, by type. */
const ON_DEMAND: ReadonlyMap<string, number> = new Map(
  Object.entries({
    "c7i.large": 0.08925,
    "c7i.xlarge": 0.1785,
    "c7i.2xlarge": 0.357,
    "c7g.large": 0.0725,
    "c7g.xlarge": 0.145,
    "c7g.2xlarge": 0.29,
  }),
);

const SPOT = / spot$/;

/** @param type of an instance, ` spot` behind it where it is one */
export function hourOf(type: string): Price {
  const usd = ON_DEMAND.get(type.replace(SPOT, ""));
  return usd === undefined ? { kind: "unknown" } : { kind: "listed", usd, atMost: SPOT.test(type) };
}

/** For a GiB of data that a snapshot holds, a month. */
export const EBS_SNAPSHOT_GIB_MONTH_USD = 0.05;

/** For a GiB of an EBS volume, a month. */
export const EBS_VOLUME_GIB_MONTH_USD = 0.08;
