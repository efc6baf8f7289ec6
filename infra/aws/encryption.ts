/** What an account that encrypts every new snapshot, or blocks public access, means for images that others are to use. */
import type { Finding } from "../platform";
import type { Clients } from "./ask";
import { targetPath, unique, type AwsUse } from "./grants";
import { keyAdmits, type KeyPolicy } from "./key-policy";
import type { LookedKey } from "./keys";

/**
 * The account's default key for EBS in a region, where it is one of its own. Undefined where it is Amazon's, which needs no
 * permission.
 */
export async function ownKey(ec2: Clients["ec2"]): Promise<string | undefined> {
  const { GetEbsDefaultKmsKeyIdCommand } = await import("@aws-sdk/client-ec2");
  const { KmsKeyId = AMAZONS } = await ec2.send(new GetEbsDefaultKmsKeyIdCommand({}));
  return KmsKeyId.endsWith(AMAZONS) ? undefined : KmsKeyId;
}

/** Whether the account encrypts every new snapshot in a region; undefined where nobody tells. */
export type EncryptsIn = (region: string) => Promise<boolean | undefined>;

/** A region that can't be asked, or does not tell us, is reported by whoever looks at that region. */
export function encryptsByDefault(clients: ReadonlyMap<string, Pick<Clients, "ec2">>): EncryptsIn {
  return async (region) => {
    const { GetEbsEncryptionByDefaultCommand } = await import("@aws-sdk/client-ec2");
    const found = clients.get(region);
    try {
      return (await found?.ec2.send(new GetEbsEncryptionByDefaultCommand({})))?.EbsEncryptionByDefault;
    } catch {
      return undefined;
    }
  };
}

export interface EncryptionArgs {
  readonly use: AwsUse;
  readonly region: string;
  readonly ec2: Clients["ec2"];
  /** The account's default key for EBS, where it is one of its own. */
  readonly key: string | undefined;
  /** Of the regions that images may be copied from. */
  readonly encryptsIn: EncryptsIn;
  /** What KMS shows of it, and of the keys of the settings. */
  readonly looked: readonly LookedKey[];
}

type Place = AwsUse["places"][number];

/** Findings at the setting that asks for sharing; nothing is asked for a region whose images stay in the account. */
export async function encryptionFindings({
  use,
  region,
  ec2,
  encryptsIn,
  key,
  looked,
}: EncryptionArgs): Promise<Finding[]> {
  const { places } = use;
  const shared = places.filter(({ spec }) => spec.region === region && (spec.public || spec.accounts.length > 0));
  if (shared.length === 0) return [];
  const { GetEbsEncryptionByDefaultCommand } = await import("@aws-sdk/client-ec2");
  const { EbsEncryptionByDefault } = await ec2.send(new GetEbsEncryptionByDefaultCommand({}));
  const sources = unique(shared.flatMap(({ arch }) => sourceOf(use, arch)?.spec.region ?? []));
  const asked = await Promise.all(sources.map(async (from) => ((await encryptsIn(from)) === true ? [from] : [])));
  const encrypting = new Set([...asked.flat(), ...(EbsEncryptionByDefault === true ? [region] : [])]);
  return shared.flatMap((place): Finding[] => {
    const why = whySealed(use, place, encrypting);
    if (why === undefined) return [];
    const path = targetPath(place.path);
    if (place.spec.public) {
      const problem = `${why.what}, and EC2 makes no image with an encrypted snapshot public`;
      return [{ path: `${path}.public`, problem, remedy: `${why.off}, or leave the region out` }];
    }
    const arn = place.spec.kmsKeyId ?? key;
    const found = looked.find((one) => one.arn === arn);
    if (arn === undefined || found?.isAmazons === true) {
      const problem = `${why.what} with Amazon's own key (${AMAZONS}), and EC2 shares no image that is encrypted with it`;
      return [{ path: `${path}.accounts`, problem, remedy: `${ownKeyRemedy(place)}, or ${why.off}` }];
    }
    return found?.policy === undefined ? [] : admittedNotes(place, arn, found.policy);
  });
}

interface Why {
  /** What encrypts the image, as the beginning of a sentence. */
  readonly what: string;
  /** What ends that. */
  readonly off: string;
}

/**
 * Why a place's images are encrypted; undefined where they are not. A copy of one that is encrypted is encrypted too.
 * @param encrypting regions where the account encrypts every new snapshot
 */
function whySealed(use: AwsUse, { path, arch, spec }: Place, encrypting: ReadonlySet<string>): Why | undefined {
  const { region, kmsKeyId } = spec;
  if (kmsKeyId !== undefined)
    return { what: `kmsKeyId encrypts images in ${region}`, off: `take ${path}.kmsKeyId away` };
  if (encrypting.has(region)) {
    return { what: `the account encrypts every new snapshot in ${region}`, off: defaultOff(region) };
  }
  const source = sourceOf(use, arch);
  if (source === undefined || source.spec.region === region) return undefined;
  const { region: from, kmsKeyId: key } = source.spec;
  if (key === undefined && !encrypting.has(from)) return undefined;
  const by = key === undefined ? "the account" : "kmsKeyId";
  const what = `images in ${region} are copies of the one in ${from}, which ${by} encrypts, and EC2 encrypts them`;
  return { what, off: key === undefined ? defaultOff(from) : `take ${source.path}.kmsKeyId away` };
}

function defaultOff(region: string): string {
  return `switch encryption by default off in ${region} ("aws ec2 disable-ebs-encryption-by-default --region ${region}")`;
}

/** Where an image is made from its disk: in the worker's own region if it is one of them, else in the first. */
function sourceOf({ workers, places }: AwsUse, arch: Place["arch"]): Place | undefined {
  const rivals = places.filter((one) => one.arch === arch);
  const near = workers.find((one) => one.arch === arch)?.spec.region;
  return rivals.find(({ spec }) => spec.region === near) ?? rivals[0];
}

function ownKeyRemedy({ path, spec: { region, accounts } }: Place): string {
  const key = `a key of your own that ${accounts.join(", ")} may use`;
  return `name ${key} in ${path}.kmsKeyId, or make it the default ("aws ec2 modify-ebs-default-kms-key-id --region ${region}")`;
}

/** A note only: a grant on the key, which its policy does not show, can let them use it too. */
function admittedNotes({ path, spec }: Place, arn: string, policy: KeyPolicy): Finding[] {
  const strangers = spec.accounts.filter((account) => !keyAdmits(policy, account));
  if (strangers.length === 0) return [];
  return [
    {
      path: `${targetPath(path)}.accounts`,
      problem: `the policy of ${arn}, which images in ${spec.region} are encrypted with, names nobody of ${strangers.join(", ")}: they start no instance from them`,
      remedy:
        `let the key's policy allow arn:aws:iam::ACCOUNT:root kms:DescribeKey, kms:Decrypt, kms:ReEncrypt*, ` +
        `kms:GenerateDataKey* and kms:CreateGrant; nothing stops for that`,
      note: true,
    },
  ];
}

/** An account that lets no image become public, at the setting that asks for it. */
export async function blockedFindings({ places }: AwsUse, region: string, ec2: Clients["ec2"]): Promise<Finding[]> {
  const shared = places.filter(({ spec }) => spec.region === region && spec.public);
  if (shared.length === 0) return [];
  const { GetImageBlockPublicAccessStateCommand } = await import("@aws-sdk/client-ec2");
  const { ImageBlockPublicAccessState, ManagedBy } = await ec2.send(new GetImageBlockPublicAccessStateCommand({}));
  if (ImageBlockPublicAccessState !== "block-new-sharing") return [];
  return shared.map(({ path }) => ({
    path: `${targetPath(path)}.public`,
    problem: `the account blocks public access to new images in ${region}`,
    remedy:
      ManagedBy === "declarative-policy"
        ? "a declarative policy of the organization says so: ask who administers it, or name who may use the images in accounts"
        : `allow it ("aws ec2 disable-image-block-public-access --region ${region}"), or name who may use the images in accounts`,
  }));
}

/** How the key that Amazon keeps for EBS is called in every account. */
const AMAZONS = "alias/aws/ebs";
