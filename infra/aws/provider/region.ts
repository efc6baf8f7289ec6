/** Partitions of AWS, by region. */

/** Regions of other partitions by what their names begin with; ARNs of one partition are refused in the others. */
const PARTITIONS: readonly (readonly [string, string])[] = [
  ["cn-", "aws-cn"],
  ["us-gov-", "aws-us-gov"],
  ["us-iso-", "aws-iso"],
  ["us-isob-", "aws-iso-b"],
  ["eu-isoe-", "aws-iso-e"],
  ["us-isof-", "aws-iso-f"],
  ["eusc-", "aws-eusc"],
];

/** @see https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json */
export function partition(region: string): string {
  return PARTITIONS.find(([begin]) => region.startsWith(begin))?.[1] ?? "aws";
}
