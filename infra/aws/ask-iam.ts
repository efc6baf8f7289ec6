/** What IAM says would be allowed, of all that could not be tried. Where it can't be asked, nothing stops. */
import type { Finding } from "../platform";
import type { Action } from "./action-names";
import { errorText, type Clients } from "./ask";
import type { AwsUse, Grant } from "./grants";
import { principalOf } from "./principal";
import type { Caller } from "./reach";
import type { Refusal } from "./refusals";
import { LOOK_AT_KEYS } from "./key-grants";
import { keyAllows, type KeyPolicy } from "./key-policy";
import { keyAccount } from "./provider/keys";
import { keyOf, kindOf, simulate, type IsOpen, type Simulation } from "./simulate";
import { carriedTags } from "./tags";
import type { Answer } from "./try-out";

/** What a run can do without: asked here only, or tried in another way. */
const NOT_SIMULATED = /^(iam:|s3:|sts:)/;

/**
 * What organizations deny so that nothing is shared. Where the settings share nothing, only the description of an image that is made
 * from another build of the same is changed by it.
 */
const SHARE = "ec2:ModifyImageAttribute";

function isShared({ places }: AwsUse): boolean {
  return places.some(({ spec }) => spec.public || spec.accounts.length > 0);
}

/** Kinds that a trial of RunInstances has none of. */
const NOT_TRIED = /^(key-pair|security-group)$/;

export interface Asked {
  readonly refusals: readonly Refusal[];
  readonly notes: readonly Finding[];
}

export interface IamArgs {
  readonly use: AwsUse;
  readonly clients: ReadonlyMap<string, Clients>;
  readonly caller: Caller;
  /** By region: the key that EC2 encrypts with, where it is not Amazon's. */
  readonly keys: ReadonlyMap<string, string>;
  /** By ARN of a key: what its policy says, where we may read it. */
  readonly keyPolicies: ReadonlyMap<string, KeyPolicy>;
}

/** The account's root needs no permission, and IAM knows nothing of it. */
export async function askIam(
  args: IamArgs,
  wanted: readonly Grant<Action>[],
  answers: readonly Answer[],
): Promise<Asked> {
  const { clients, caller } = args;
  const [first] = clients.values();
  if (first === undefined || caller.arn.endsWith(":root")) return { refusals: [], notes: [] };
  const { iam } = first;
  const principal = await principalOf(caller.arn, iam);
  const simulation = simulationOf(args, principal.arn, iam);
  const known = new Set(
    answers.filter(({ finding, isOpen }) => !finding && !isOpen).map(({ trial }) => `${trial.action} ${trial.region}`),
  );
  // To make something with tags is to tag it too, and a refusal may name that.
  const refused = new Set(
    answers.flatMap(({ trial, refusal }) =>
      refusal ? [trial.action, refusal.denial.action].map((action) => `${action} ${trial.region}`) : [],
    ),
  );
  const isOpen: IsOpen = (action, { resource, region }) =>
    !NOT_SIMULATED.test(action) &&
    (action !== SHARE || isShared(args.use)) &&
    isUsed(args, principal.arn, action, { resource, region }) &&
    (region === undefined || clients.has(region)) &&
    !refused.has(`${action} ${region}`) &&
    (!known.has(`${action} ${region}`) || (action === "ec2:RunInstances" && NOT_TRIED.test(kindOf(resource))));
  try {
    const refusals: Refusal[] = [];
    // To look at a key is not needed to use it.
    for (const grant of wanted.filter(({ sid }) => sid !== LOOK_AT_KEYS)) {
      const denied = await simulate(simulation, grant, isOpen);
      refusals.push(
        ...denied.map(({ region, ...denial }) => ({
          ...{ denial, tags: [], without: [] },
          ...(region === undefined ? {} : { region }),
        })),
      );
    }
    return { refusals, notes: [] };
  } catch (error) {
    return { refusals: [], notes: [unaskedNote(principal.arn, principal.doubt, error)] };
  }
}

export function unaskedNote(principal: string, doubt: string | undefined, error: unknown): Finding {
  const why = [...(doubt === undefined ? [] : [doubt]), `iam:SimulatePrincipalPolicy: ${errorText(error)}`];
  return {
    path: "aws",
    problem: `IAM does not tell what ${principal} is allowed (${why.join("; ")})`,
    remedy:
      "nothing stops for that, and what EC2 itself could be asked is checked; " +
      "with iam:GetRole and iam:SimulatePrincipalPolicy the rest is checked beforehand too",
    note: true,
  };
}

/**
 * Amazon's own key needs no permission, and one whose policy names the principal none of theirs. A key of another account
 * is not asked about: IAM knows only what the caller's account allows.
 */
export function isUsed(
  { keys, keyPolicies, caller }: IamArgs,
  principal: string,
  ...[action, { resource, region }]: Parameters<IsOpen>
): boolean {
  if (!action.startsWith("kms:")) return true;
  const key = keyOf(keys, resource, region);
  if (key === undefined || keyAccount(key) !== caller.account) return false;
  return !keyAllows(keyPolicies.get(key), principal, action);
}

export function simulationOf({ use, caller, keys }: IamArgs, principal: string, iam: Clients["iam"]): Simulation {
  const tags: Simulation["tags"] = (region, kind) => carriedTags(use, region, kind);
  return { iam, principal, account: caller.account, stack: use.stack, tags, keys };
}
