/** A range of IPv4 addresses in settings, as the clouds take it: its first address, and how many bits are the same in it. */
import { isIPv4 } from "node:net";
import { text } from "./fields";

type TooWide = (range: string) => string | undefined;

/** @param tooWide what is said of a range that is too wide; undefined of any other */
export function ipv4Range(remedy: string, tooWide: TooWide) {
  return text(remedy).superRefine((range, context) => {
    const problem = range === "" ? undefined : rangeProblem(range, remedy, tooWide);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  });
}

function rangeProblem(range: string, remedy: string, tooWide: TooWide): string | undefined {
  const [, address = "", prefix = ""] = /^([\d.]+)\/(\d|[12]\d|3[0-2])$/.exec(range) ?? [];
  if (!isIPv4(address)) return `${JSON.stringify(range)} is not an IPv4 range; ${remedy}`;
  const wide = tooWide(range);
  if (wide !== undefined) return wide;
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
