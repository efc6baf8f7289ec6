/** Keys of KMS that EC2 and EBS direct use in our name: for encrypted volumes and snapshots, where the key is not Amazon's own. */
import { partition } from "./region";

/** Source: EBS user guide, "Control access to EBS direct APIs using IAM" (keys) and "Requirements for Amazon EBS encryption". */
export const KEY_ACTIONS = [
  "kms:CreateGrant",
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:GenerateDataKeyWithoutPlaintext",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
] as const;

/** Any key of the region: which one it is, its own policy and the account decide. */
export function keyArn(region: string): string {
  return `arn:${partition(region)}:kms:${region}:*:key/*`;
}

/** Value of `kms:ViaService`, with `*` for what its end is in other partitions: nobody uses a key by hand. */
export function throughEc2(region: string): string {
  return `ec2.${region}.amazonaws.com*`;
}
