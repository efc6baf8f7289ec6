/** Accounts, roles and copies of one target belong to one partition: what is of another is nowhere to be found. */
import { AWS_REGION } from "../../contract/blocks";
import { isRecord } from "../../contract/is-record";
import { partition } from "./provider/region";

export interface PartitionProblem {
  /** Below the target. */
  readonly path: (string | number)[];
  readonly message: string;
}

/** @param regions as somebody wrote them, like `role`: other mistakes are not minded here */
export function partitionProblems(regions: unknown, role: unknown): PartitionProblem[] {
  const names = Array.isArray(regions) ? regions.map((one) => (isRecord(one) ? one.name : undefined)) : [];
  const known = names.flatMap((name, index) =>
    typeof name === "string" && AWS_REGION.test(name) ? [{ name, index, of: partition(name) }] : [],
  );
  const [first] = known;
  if (first === undefined) return [];
  const apart = known.filter((one) => one.of !== first.of);
  if (apart.length > 0) {
    return apart.map(({ name, index, of }) => ({
      path: ["regions", index, "name"],
      message: `${name} is of ${of}, ${first.name} of ${first.of}, and no account has both; make a target of its own`,
    }));
  }
  const [, of] = /^arn:(aws[a-z-]*):iam:/.exec(typeof role === "string" ? role : "") ?? [];
  if (of === undefined || of === first.of) return [];
  const message = `is a role of ${of}, and ${first.name} is of ${first.of}; name one there, arn:${first.of}:iam::ACCOUNT:role/NAME`;
  return [{ path: ["uploadRole"], message }];
}
