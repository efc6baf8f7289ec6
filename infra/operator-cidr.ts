/** Whom a machine lets in to port 22: in no cloud everybody, and whoever runs this says who. */
import type * as z from "zod";
import { isEverywhere } from "./everywhere";
import type { Environment } from "./fields";
import { ipv4Range } from "./ipv4-range";

const REMEDY =
  "write the address that ssh to the machines comes from, e.g. 203.0.113.7/32, or set COPR_BUILDERS_OPERATOR_CIDR";

/** One IPv4 range, as the clouds take it, that somebody can have of their own. */
export const operatorRange = ipv4Range(REMEDY, (range) =>
  isEverywhere(range) ? `admits everybody, or a good part of them; ${REMEDY}` : undefined,
);

/** Where nothing is written, the environment says it: the address of a CI runner differs from run to run. */
export function operatorCidr({ COPR_BUILDERS_OPERATOR_CIDR: found }: Environment) {
  return found ? operatorRange.prefault(found) : operatorRange;
}

/** Of a target with regions, some of which may have their own: `missingCidr` says where one has none. */
export function targetCidr({ COPR_BUILDERS_OPERATOR_CIDR: found }: Environment): z.ZodType<string | undefined> {
  return found ? operatorRange.prefault(found) : operatorRange.optional();
}

/** Of a target without one, read before all of it is known to be in order. @param own what each of its regions says */
export function missingCidr(everywhere: unknown, own: readonly unknown[]): string | undefined {
  return everywhere === undefined && own.includes(undefined) ? `missing; ${REMEDY}` : undefined;
}

/** @throws where neither says it, which the check of the settings has found before */
export function admittedTo(region: string, own: string | undefined, everywhere: string | undefined): string {
  const range = own ?? everywhere;
  if (range === undefined) throw new Error(`nothing says whom machines in ${region} admit`);
  return range;
}
