/** Keys of KMS that EC2 and EBS direct use in our name: for encrypted volumes and snapshots, where the key is not Amazon's own. */
import { partition } from "./region";

/** Source: EBS user guide, "Control access to EBS direct APIs using IAM" (keys) and "Requirements for Amazon EBS encryption". */
export const KEY_ACTIONS = [
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:GenerateDataKeyWithoutPlaintext",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
] as const;

/** What lets EC2 use a key on: only in the name of a service of AWS, never for somebody else. */
export const GRANT_ACTION = "kms:CreateGrant";

/** Any key of the region: which one it is, its own policy and the account decide. */
export function keyArn(region: string): string {
  return `arn:${partition(region)}:kms:${region}:*:key/*`;
}

/** Value of `kms:ViaService`, with `*` for what its end is in other partitions: nobody uses a key by hand. */
export function throughEc2(region: string): string {
  return `ec2.${region}.amazonaws.com*`;
}

/** Under which a key is used, and under which its use is granted on. */
export function keyConditions(regions: readonly string[]) {
  const viaEc2 = { StringLike: { "kms:ViaService": regions.map(throughEc2) } };
  return { use: viaEc2, grant: { ...viaEc2, Bool: { "kms:GrantIsForAWSResource": "true" } } };
}

/** Region of the ARN of a key. */
export function keyRegion(arn: string): string {
  return arn.split(":")[3] ?? "";
}

/** Account that it is of. */
export function keyAccount(arn: string): string {
  return arn.split(":")[4] ?? "";
}
