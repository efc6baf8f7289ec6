/**
 * What things cost by the list, USD, without contract, discount or tax: each platform's own prices stand in its room, who pays
 * others changes them there. What has no price is named in the report and counted as nothing.
 */
import { platformNamed } from "../../infra/specs";
import type { Price } from "../../infra/definition";

/** For a GiB in the store, a month, if it is Amazon's: S3 Standard, us-east-1, https://aws.amazon.com/s3/pricing/ (2026-11-24). */
export const STORE_GIB_MONTH_USD = 0.023;

/** What a thing costs a month by its size, USD; undefined where that is not what is paid for, or is not known. */
export function monthOf(thing: {
  readonly platform: string;
  readonly kind: string;
  readonly bytes?: number;
}): number | undefined {
  const gibUsd = platformNamed(thing.platform)?.images?.kept.thingUsd?.[thing.kind];
  return thing.bytes === undefined || gibUsd === undefined ? undefined : (thing.bytes / 2 ** 30) * gibUsd;
}

/** @param type as the platform names it */
export function hourOf(platform: string, type: string): Price {
  return platformNamed(platform)?.workers.price(type) ?? { kind: "unknown" };
}
