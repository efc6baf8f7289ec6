/** ARNs of EC2: in China and in the government's regions they begin otherwise. */

export function partitionOf(region: string): string {
  return region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** `arn:aws:ec2:REGION:ACCOUNT:RESOURCE`; images have no account. */
export function ec2Arn(region: string, account: string, resource: string): string {
  return `arn:${partitionOf(region)}:ec2:${region}:${account}:${resource}`;
}
