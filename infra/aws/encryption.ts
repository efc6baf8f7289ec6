/** What an account that encrypts every new snapshot, or blocks public access, means for images that others are to use. */
import type { Finding } from "../platform";
import type { Clients } from "./ask";
import { targetPath, type AwsUse } from "./grants";

/**
 * The account's default key for EBS in a region, where it is one of its own. Undefined where it is Amazon's, which needs no
 * permission.
 */
export async function ownKey(ec2: Clients["ec2"]): Promise<string | undefined> {
  const { GetEbsDefaultKmsKeyIdCommand } = await import("@aws-sdk/client-ec2");
  const { KmsKeyId = AMAZONS } = await ec2.send(new GetEbsDefaultKmsKeyIdCommand({}));
  return KmsKeyId.endsWith(AMAZONS) ? undefined : KmsKeyId;
}

/**
 * Findings at the setting that asks for sharing; nothing is asked for a region whose images stay in the account.
 * @param key of the account's own
 */
export async function encryptionFindings(
  { places }: AwsUse,
  region: string,
  ec2: Clients["ec2"],
  key: string | undefined,
): Promise<Finding[]> {
  const shared = places.filter(({ spec }) => spec.region === region && (spec.public || spec.accounts.length > 0));
  if (shared.length === 0) return [];
  const { GetEbsEncryptionByDefaultCommand } = await import("@aws-sdk/client-ec2");
  const { EbsEncryptionByDefault } = await ec2.send(new GetEbsEncryptionByDefaultCommand({}));
  if (EbsEncryptionByDefault !== true) return [];
  return shared.flatMap(({ path, spec }): Finding[] => {
    const target = targetPath(path);
    const off = `switch encryption by default off in ${region} ("aws ec2 disable-ebs-encryption-by-default --region ${region}")`;
    if (spec.public) {
      return [
        {
          path: `${target}.public`,
          problem: `the account encrypts every new snapshot in ${region}, and EC2 makes no image with an encrypted snapshot public`,
          remedy: `${off}, or leave the region out`,
        },
      ];
    }
    if (key !== undefined) return [];
    return [
      {
        path: `${target}.accounts`,
        problem: `the account encrypts every new snapshot in ${region} with Amazon's own key (${AMAZONS}), and EC2 shares no image that is encrypted with it`,
        remedy:
          `make a key of your own the default ("aws ec2 modify-ebs-default-kms-key-id --region ${region}") ` +
          `that ${spec.accounts.join(", ")} may use, or ${off}`,
      },
    ];
  });
}

/** An account that lets no image become public, at the setting that asks for it. */
export async function blockedFindings({ places }: AwsUse, region: string, ec2: Clients["ec2"]): Promise<Finding[]> {
  const shared = places.filter(({ spec }) => spec.region === region && spec.public);
  if (shared.length === 0) return [];
  const { GetImageBlockPublicAccessStateCommand } = await import("@aws-sdk/client-ec2");
  const { ImageBlockPublicAccessState } = await ec2.send(new GetImageBlockPublicAccessStateCommand({}));
  if (ImageBlockPublicAccessState !== "block-new-sharing") return [];
  return shared.map(({ path }) => ({
    path: `${targetPath(path)}.public`,
    problem: `the account blocks public access to new images in ${region}`,
    remedy: `allow it ("aws ec2 disable-image-block-public-access --region ${region}"), or name who may use the images in accounts`,
  }));
}

/** How the key that Amazon keeps for EBS is called in every account. */
const AMAZONS = "alias/aws/ebs";
