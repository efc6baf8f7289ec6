/** Which regions take our requests, and who we are to them: an account has to opt in to some, and sessions to all. */
import { partition } from "./provider/region";
import type { Finding } from "../platform";
import { errorName, errorText, isAnswer, isDenied, isUnknown, type Clients, type OpenClients } from "./ask";
import { regions, unique, type AwsUse } from "./grants";
import { unknownCaller } from "./unknown-caller";

export interface Caller {
  /** `arn:aws:iam::123456789012:user/me` */
  readonly arn: string;
  readonly account: string;
}

export interface Reach {
  /** Undefined where nobody knows us, or nobody answers: `findings` say which. */
  readonly caller?: Caller;
  /** Those regions in use that can be asked. */
  readonly open: ReadonlyMap<string, Clients>;
  readonly findings: readonly Finding[];
}

/** Regions that every account has, where it can be asked about the others. */
const HOMES: Readonly<Record<string, string | undefined>> = {
  aws: "us-east-1",
  "aws-cn": "cn-north-1",
  "aws-us-gov": "us-gov-west-1",
};

interface Answer {
  readonly region: string;
  readonly clients: Clients;
  /** Undefined: it took the request, whatever it answered. */
  readonly error?: unknown;
  /** `OptInStatus` by region, as this one sees them. */
  readonly optIn: ReadonlyMap<string, string>;
}

export async function reach(use: AwsUse, open: OpenClients): Promise<Reach> {
  const all = regions(use);
  const [first = ""] = all;
  const answers = await Promise.all(all.map(async (region) => askRegion(region, await open(region))));
  const home = HOMES[partition(first)];
  const isLost = answers.every(({ error }) => error !== undefined);
  const more = isLost && home !== undefined && !all.includes(home) ? [await askRegion(home, await open(home))] : [];
  const known = [...answers, ...more].filter(({ error }) => error === undefined);
  const optIn = known.find((one) => one.optIn.size > 0)?.optIn ?? new Map<string, string>();

  const { caller, error } = await askCaller(known.length > 0 ? known : answers);
  if (caller === undefined) return { open: new Map(), findings: [unknownCaller(first, error)] };
  const closed = answers.flatMap((answer) => closedRegion(use, answer, optIn));
  const usable = answers.filter(({ region, error }) => error === undefined && optIn.get(region) !== NOT_OPTED_IN);
  return { caller, open: new Map(usable.map(({ region, clients }) => [region, clients])), findings: closed };
}

/** Any answer but "who are you?" comes from a region that knows us. */
async function askRegion(region: string, clients: Clients): Promise<Answer> {
  const { DescribeRegionsCommand } = await import("@aws-sdk/client-ec2");
  const none = new Map<string, string>();
  try {
    const { Regions = [] } = await clients.ec2.send(new DescribeRegionsCommand({ AllRegions: true }));
    const statuses = Regions.map(({ RegionName = "", OptInStatus = "" }) => [RegionName, OptInStatus] as const);
    return { region, clients, optIn: new Map(statuses) };
  } catch (error) {
    return isDenied(error) || (isAnswer(error) && errorName(error) !== OPT_IN)
      ? { region, clients, optIn: none }
      : { region, clients, optIn: none, error };
  }
}

async function askCaller(answers: readonly Answer[]): Promise<{ readonly caller?: Caller; readonly error?: unknown }> {
  const { GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  let error: unknown;
  for (const { clients } of answers) {
    try {
      const { Arn, Account } = await clients.sts.send(new GetCallerIdentityCommand({}));
      const account = Account ?? Arn?.split(":")[4];
      if (Arn === undefined || account === undefined) throw new Error("the answer has no Arn");
      return { caller: { arn: Arn, account } };
    } catch (reason) {
      error ??= reason;
    }
  }
  return { error };
}

const NOT_OPTED_IN = "not-opted-in";

/** What EC2 says to an account that it serves nowhere, or not there. */
const OPT_IN = "OptInRequired";

/** At each place of the settings that names the region. */
function closedRegion(use: AwsUse, { region, error }: Answer, optIn: ReadonlyMap<string, string>): Finding[] {
  const status = optIn.get(region);
  if (error === undefined && status !== NOT_OPTED_IN) return [];
  return placesOf(use, region).map((path) => ({ path, ...whyClosed(region, error, status) }));
}

function whyClosed(region: string, error: unknown, status: string | undefined) {
  if (status === NOT_OPTED_IN) {
    return {
      problem: `the account is not opted in to ${region}`,
      remedy: `enable it ("aws account enable-region --region-name ${region}", some minutes), or leave the region out`,
    };
  }
  if (isUnknown(error) || errorName(error) === OPT_IN) {
    const opted =
      status === undefined ? ", to which the account may have to opt in," : ", to which the account is opted in,";
    return {
      problem: `${region}${opted} does not take these credentials: ${errorText(error)}`,
      remedy:
        "sessions of the global endpoint of STS hold in regions that need no opt-in: " +
        `sign in again with AWS_STS_REGIONAL_ENDPOINTS=regional, or see that ${region} is enabled for the account`,
    };
  }
  return {
    problem: `${region} can't be reached: ${errorText(error)}`,
    remedy: "see that the region's name is right and AWS can be reached from here, then try again",
  };
}

/** Paths of the settings that name the region. */
export function placesOf({ workers, places }: AwsUse, region: string): string[] {
  const named = [
    ...workers.filter(({ spec }) => spec.region === region).map(({ path }) => `${path}.region`),
    ...places.filter(({ spec }) => spec.region === region).map(({ path }) => path),
  ];
  return unique(named);
}
