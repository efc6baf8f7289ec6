/** What EC2's own dry runs answer, in each region. */
import type { Finding } from "../platform";
import type { Action } from "./action-names";
import { errorName, errorText, isAnswer, isDenied, type Clients } from "./ask";
import { denialOf, isRule } from "./denial";
import type { Refusal } from "./refusals";
import { trials, type Trial, type TrialArgs } from "./trials";

export interface Answer {
  readonly trial: Trial;
  /** What AWS denies. */
  readonly refusal?: Refusal;
  /** Why no answer came. */
  readonly finding?: Finding;
  /** True where the answer says nothing of the request that a run makes. */
  readonly isOpen?: true;
}

/** @param wanted what these settings need; nothing else is tried */
export async function tryOut(
  clients: ReadonlyMap<string, Clients>,
  tried: readonly TrialArgs[],
  wanted: ReadonlySet<Action>,
): Promise<Answer[]> {
  const answers = tried.map(async (args) => {
    const found = clients.get(args.region);
    const all = await trials(args);
    if (found === undefined) return [];
    return Promise.all(all.filter(({ action }) => wanted.has(action)).map((trial) => answer(trial, found)));
  });
  return (await Promise.all(answers)).flat();
}

async function answer(trial: Trial, { ec2, sts }: Clients): Promise<Answer> {
  const { action, region, path, tags } = trial;
  try {
    await trial.send(ec2);
    return { trial };
  } catch (error) {
    if (isDenied(error) || isRule(error)) {
      const denial = await denialOf(error, action, sts);
      // Tried without key and group, which a run makes first: EC2 takes a group that the run does not.
      const isOther = denial.by === "permissions" && /:(key-pair|security-group)\//.test(denial.resource ?? "");
      if (isOther && action === "ec2:RunInstances") return { trial, isOpen: true };
      const forbids = denial.by !== "permissions" && denial.keys.length === 0;
      const without = forbids ? await allowedWithout(trial, ec2) : [];
      return { trial, refusal: { denial, region, tags, without, ...(path === undefined ? {} : { path }) } };
    }
    const met = complaint(trial, error);
    if (met !== undefined) return { trial, finding: met };
    // "DryRunOperation", or some complaint about what was made up: both are for those who may ask.
    if (isAnswer(error)) return { trial };
    const problem = `${action} can't be tried in ${region}: ${errorText(error)}`;
    return {
      trial,
      finding: { path: "aws", problem, remedy: "see that AWS can be reached from here, then try again" },
    };
  }
}

/** What EC2 says of the account or of the settings, to whoever may start the machine: a run would hear the same. */
const COMPLAINTS: Readonly<Record<string, string | undefined>> = {
  "AuthFailure.ServiceLinkedRoleCreationNotPermitted":
    'have the role made once ("aws iam create-service-linked-role --aws-service-name spot.amazonaws.com"), or set spot: false',
  Blocked: "ask AWS Support what is the matter with the account",
  InstanceLimitExceeded: "ask for more in Service Quotas, or end what runs",
  InsufficientFreeAddressesInSubnet: "name a larger subnet, or end what is in it",
  InvalidBlockDeviceMapping: "see that diskGib is at least the size of the stock image",
  MaxSpotInstanceCountExceeded: "ask for more in Service Quotas, or set spot: false",
  OptInRequired: "accept the terms of the stock image in AWS Marketplace, or name another in ami",
  PendingVerification: "wait until AWS has verified the account in this region",
  UnknownVolumeType: "name other subnets: this zone has no gp3 volumes, which machines get",
  UnsupportedOperation: "name another instanceType, other subnets, or another image in ami",
  Unsupported: "name another instanceType, or other subnets",
  VcpuLimitExceeded: "ask for more in Service Quotas, or use smaller instances",
};

/** Under a name that says nothing by itself: what an account on AWS's free plan may not start. */
const FREE_PLAN = /not eligible for Free Tier/i;
const PAY =
  "upgrade the account to a paid plan: a build needs larger machines than the free plan has " +
  '("aws ec2 describe-instance-types --filters Name=free-tier-eligible,Values=true" lists those)';

function complaint({ action, region, path }: Trial, error: unknown): Finding | undefined {
  if (action !== "ec2:RunInstances") return undefined;
  const remedy = FREE_PLAN.test(errorText(error)) ? PAY : COMPLAINTS[errorName(error)];
  if (remedy === undefined || path === undefined) return undefined;
  return { path, problem: `EC2 in ${region} would not start a machine: ${errorText(error)}`, remedy };
}

/** What is forbidden, found by leaving it out. */
async function allowedWithout({ without }: Trial, ec2: Clients["ec2"]): Promise<Refusal["without"]> {
  const found = without.map(async ({ what, send }) => {
    const isAllowed = await send(ec2).then(
      () => true,
      (error: unknown) => !isDenied(error) && isAnswer(error),
    );
    return isAllowed ? [what] : [];
  });
  return (await Promise.all(found)).flat();
}
