/** Where and how an attempt gets its instance: spot capacity differs by zone, and may be nowhere. */
import type { Attempt } from "../machine";
import type { AwsWorker } from "./settings";

export interface Candidate {
  readonly subnet: string;
  readonly spot: boolean;
}

/** Each attempt has the next subnet; the last of several is on demand, so that a build ends even without spot capacity. */
export function candidate({ subnets, spot }: Pick<AwsWorker, "subnets" | "spot">, { number, of }: Attempt): Candidate {
  const subnet = subnets[(number - 1) % subnets.length];
  if (subnet === undefined) throw new Error("a machine on aws needs a subnet; name one in subnets");
  return { subnet, spot: spot && (of === 1 || number < of) };
}
