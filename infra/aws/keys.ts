/** Keys that the settings name, as KMS shows them: there, able to encrypt volumes, and whom their policy lets use them. */
import type { Finding } from "../platform";
import { errorText, isAnswer, isDenied, type Clients } from "./ask";
import { unique, type AwsUse } from "./grants";
import { readKeyPolicy, type KeyPolicy } from "./key-policy";

export interface LookedKey {
  readonly arn: string;
  /** True of a key that AWS keeps in the account, e.g. `aws/ebs`: its policy can't be changed. */
  readonly isAmazons: boolean;
  /** Undefined where we may not read it. */
  readonly policy?: KeyPolicy;
  /** What makes it unusable. */
  readonly lacks?: Pick<Finding, "problem" | "remedy">;
}

export interface NamedKey {
  /** Of the settings. */
  readonly path: string;
  readonly arn: string;
}

/** Every place of the settings that names a key of the region. */
export function namedKeys({ workers, places }: AwsUse, region: string): NamedKey[] {
  const all = [...workers, ...places].filter(({ spec }) => spec.region === region);
  const named = all.flatMap(({ path, spec: { kmsKeyId: arn } }) =>
    arn === undefined ? [] : [{ path: `${path}.kmsKeyId`, arn }],
  );
  return [...new Map(named.map((one) => [`${one.path} ${one.arn}`, one])).values()];
}

/** @param arns each once; nothing is known of one that we may not look at */
export async function lookAtKeys(kms: Clients["kms"], arns: readonly string[]): Promise<LookedKey[]> {
  if (kms === undefined) return [];
  return (await Promise.all(unique(arns).map((arn) => lookAtKey(kms, arn)))).flat();
}

async function lookAtKey(kms: NonNullable<Clients["kms"]>, arn: string): Promise<LookedKey[]> {
  const { DescribeKeyCommand } = await import("@aws-sdk/client-kms");
  const policy = await policyOf(kms, arn);
  const known = { arn, ...(policy === undefined ? {} : { policy }) };
  try {
    const { KeyMetadata: key } = await kms.send(new DescribeKeyCommand({ KeyId: arn }));
    if (key === undefined) return [{ ...known, isAmazons: false }];
    const lacks = keyProblem(arn, key);
    return [{ ...known, isAmazons: key.KeyManager === "AWS", ...(lacks === undefined ? {} : { lacks }) }];
  } catch (error) {
    // Said as a missing permission, or known only to the account that has the key.
    if (isDenied(error)) return [{ ...known, isAmazons: false }];
    if (!isAnswer(error)) throw error;
    const lacks = {
      problem: `KMS does not give the key ${arn}: ${errorText(error)}`,
      remedy: 'name a key that is there; "aws kms list-keys" has those of the account',
    };
    return [{ ...known, isAmazons: false, lacks }];
  }
}

interface KeyMetadata {
  readonly KeyState?: string | undefined;
  readonly KeyUsage?: string | undefined;
  readonly KeySpec?: string | undefined;
}

const keep = (arn: string): string =>
  `keep it ("aws kms cancel-key-deletion --key-id ${arn}", then "aws kms enable-key")`;

/** What makes a key usable, by its state. Source: KMS developer guide, "Key states of AWS KMS keys". */
const USABLE: Readonly<Record<string, ((arn: string) => string) | undefined>> = {
  Creating: () => "wait until KMS has made it",
  Disabled: (arn) => `enable it ("aws kms enable-key --key-id ${arn}")`,
  PendingDeletion: keep,
  PendingImport: (arn) =>
    `import its key material again ("aws kms get-parameters-for-import --key-id ${arn}" begins it)`,
  PendingReplicaDeletion: keep,
  Unavailable: () => "connect its key store again (in KMS, custom key stores)",
  Updating: () => "wait until KMS has changed it",
};

/** Source: EBS user guide, "Requirements for Amazon EBS encryption": EBS takes symmetric keys alone. */
function keyProblem(arn: string, { KeyState: state, KeyUsage: use, KeySpec: kind }: KeyMetadata): LookedKey["lacks"] {
  if (state !== undefined && state !== "Enabled") {
    const remedy = `${USABLE[state]?.(arn) ?? "see in KMS why"}, or name another`;
    return { problem: `the key ${arn} is ${state}: nothing can be encrypted with it`, remedy };
  }
  const fits =
    (use ?? "ENCRYPT_DECRYPT") === "ENCRYPT_DECRYPT" && (kind ?? "SYMMETRIC_DEFAULT") === "SYMMETRIC_DEFAULT";
  if (fits) return undefined;
  return {
    problem: `the key ${arn} is for ${use ?? "?"} with ${kind ?? "?"}: EBS takes symmetric keys for encryption alone`,
    remedy: 'make one ("aws kms create-key" makes such a key), and name that',
  };
}

/** Few may read it; what it says is used where it can be read. */
async function policyOf(kms: NonNullable<Clients["kms"]>, arn: string): Promise<KeyPolicy | undefined> {
  const { GetKeyPolicyCommand } = await import("@aws-sdk/client-kms");
  try {
    const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId: arn, PolicyName: "default" }));
    return Policy === undefined ? undefined : readKeyPolicy(Policy);
  } catch (error) {
    if (isAnswer(error)) return undefined;
    throw error;
  }
}

/** What is wrong with a key, at each place that names it. */
export function keyFindings(named: readonly NamedKey[], looked: readonly LookedKey[]): Finding[] {
  return named.flatMap(({ path, arn }) => {
    const lacks = looked.find((one) => one.arn === arn)?.lacks;
    return lacks === undefined ? [] : [{ path, ...lacks }];
  });
}
