/** Whom a machine lets in to port 22: in no cloud everybody, and whoever runs this says who. */
import { isIPv4 } from "node:net";
import type * as z from "zod";
import { text, type Environment } from "./fields";

const REMEDY =
  "write the address that ssh to the machines comes from, e.g. 203.0.113.7/32, or set COPR_BUILDERS_OPERATOR_CIDR";

/** One IPv4 range: the first address of it, and how many bits are the same in it, as the clouds take it. */
export const operatorRange = text(REMEDY).superRefine((range, context) => {
  const problem = range === "" ? undefined : rangeProblem(range);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});

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

function rangeProblem(range: string): string | undefined {
  const [, address = "", prefix = ""] = /^([\d.]+)\/(\d|[12]\d|3[0-2])$/.exec(range) ?? [];
  if (!isIPv4(address)) return `${JSON.stringify(range)} is not an IPv4 range; ${REMEDY}`;
  if (prefix === "0") return `admits everybody; ${REMEDY}`;
  const first = firstAddress(address, Number(prefix));
  if (first === address) return undefined;
  return `${JSON.stringify(range)} begins within a range; write ${first}/${prefix}, or ${address}/32 for one address`;
}

function firstAddress(address: string, prefix: number): string {
  const bits = address.split(".").reduce((number, byte) => number * 256 + Number(byte), 0);
  const size = 2 ** (32 - prefix);
  const first = bits - (bits % size);
  return [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".");
}
