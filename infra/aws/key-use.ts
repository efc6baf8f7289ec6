/** Whom the keys of the settings let use them: by their policies, or by a grant on them. */
import type { Finding } from "../platform";
import { isAnswer, type Clients } from "./ask";
import { regions, type AwsUse } from "./grants";
import { keyAllows, mayUse } from "./key-policy";
import { namedKeys, type LookedKey } from "./keys";
import { principalOf } from "./principal";
import { keyRegion } from "./provider/keys";
import { partition } from "./provider/region";
import type { Caller } from "./reach";

export interface KeyUseArgs {
  readonly use: AwsUse;
  readonly caller: Caller;
  /** Of the regions that can be asked. */
  readonly clients: ReadonlyMap<string, Clients>;
  readonly looked: readonly LookedKey[];
}

interface KeyUser {
  /** Of the settings. */
  readonly path: string;
  /** ARN of the key. */
  readonly arn: string;
  /** ARN of a user or a role. */
  readonly principal: string;
  /** A role of Amazon's own service, which no policy of the account can allow anything. */
  readonly isService: boolean;
}

/** What EC2 does with a key that is not allowed to whoever starts something. */
const TRIED = "kms:GenerateDataKeyWithoutPlaintext";

/** Nothing is said of a key whose policy can't be read. */
export async function keyUseFindings(args: KeyUseArgs): Promise<Finding[]> {
  const { looked, clients } = args;
  const found = (await keyUsers(args)).map(async (user): Promise<Finding[]> => {
    const policy = looked.find(({ arn }) => arn === user.arn)?.policy;
    if (policy === undefined) return [];
    const isLet = user.isService ? keyAllows : mayUse;
    if (isLet(policy, user.principal, TRIED)) return [];
    const granted = await isGranted(clients.get(keyRegion(user.arn))?.kms, user);
    return granted === true ? [] : [notLet(user, granted === undefined)];
  });
  return (await Promise.all(found)).flat();
}

async function keyUsers({ use, caller, clients }: KeyUseArgs): Promise<KeyUser[]> {
  const named = regions(use).flatMap((region) => namedKeys(use, region));
  const [first] = clients.values();
  if (named.length === 0 || first === undefined) return [];
  const { arn: ourselves } = await principalOf(caller.arn, first.iam);
  const user = (path: string, arn: string | undefined, principal: string, isService = false): KeyUser[] =>
    arn === undefined ? [] : [{ path: `${path}.kmsKeyId`, arn, principal, isService }];
  const all = [
    ...named.map((one) => ({ ...one, principal: ourselves, isService: false })),
    ...use.places.flatMap(({ path, spec }) => user(path, spec.kmsKeyId, spec.uploadRole)),
    ...use.workers.flatMap(({ path, spec: { spot, region, kmsKeyId } }) =>
      spot ? user(path, kmsKeyId, spotRole(region, caller.account), true) : [],
    ),
  ];
  return [...new Map(all.map((one) => [`${one.path} ${one.arn} ${one.principal}`, one])).values()];
}

/** Starts spot instances, and has no permission on any key. Source: EC2 user guide, "Service-linked role for Spot". */
function spotRole(region: string, account: string): string {
  return `arn:${partition(region)}:iam::${account}:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot`;
}

/** Undefined where the grants can't be read. */
async function isGranted(kms: Clients["kms"], { arn, principal }: KeyUser): Promise<boolean | undefined> {
  if (kms === undefined) return undefined;
  const { ListGrantsCommand } = await import("@aws-sdk/client-kms");
  try {
    const { Grants = [] } = await kms.send(new ListGrantsCommand({ KeyId: arn, GranteePrincipal: principal }));
    return Grants.length > 0;
  } catch (error) {
    if (isAnswer(error)) return undefined;
    throw error;
  }
}

/** What stands for a doubt is a note. */
function notLet({ path, arn, principal, isService }: KeyUser, isDoubt: boolean): Finding {
  const grant =
    `aws kms create-grant --region ${keyRegion(arn)} --key-id ${arn} --grantee-principal ${principal} --operations ` +
    "CreateGrant Decrypt DescribeKey Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo";
  const seen = isDoubt ? ", and its grants can't be read" : ", and no grant on it does";
  if (isService) {
    return {
      path,
      problem: `the policy of ${arn} does not let Amazon's role for spot instances use it${seen}: they end as they start`,
      remedy: `let it ("${grant}"), or set spot: false; nothing stops for that`,
      note: true,
    };
  }
  return {
    path,
    problem: `the policy of ${arn} does not let ${principal} use it${seen}`,
    remedy: `let the key's policy name ${principal}, or arn:...:iam::${principal.split(":")[4] ?? ""}:root, which leaves it to the account's policies`,
    ...(isDoubt ? { note: true } : {}),
  };
}
