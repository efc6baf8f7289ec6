/** Everything that AWS lacks for these settings, found before anything starts: one list, with what to do about each. */
import type { Finding, PlatformUse } from "../platform";
import { openClients, type OpenClients } from "./ask";
import { endFinding } from "./credentials-end";
import { awsUse, regions, unique, type AwsUse } from "./grants";
import { encryptsByDefault } from "./encryption";
import { missingPermissions } from "./permissions";
import { reach } from "./reach";
import { keyUseFindings } from "./key-use";
import { lookAtRegion } from "./region-view";
import type { AwsPlace, AwsWorker } from "./settings";

export async function awsPreflight(
  use: PlatformUse<AwsWorker, AwsPlace>,
  open: OpenClients = openClients,
  now: Date = new Date(),
): Promise<Finding[]> {
  const ours = awsUse(use);
  if (regions(ours).length === 0) return [];
  const { caller, open: clients, findings } = await reach(ours, open);
  if (caller === undefined) return [...findings];

  const encryptsIn = encryptsByDefault(clients);
  const looked = await Promise.all(
    [...clients].map(async ([region, found]) => ({
      region,
      ...(await lookAtRegion(ours, region, found, encryptsIn, now)),
    })),
  );
  const { stack, identity } = ours;
  const copiedFrom = ours.places[0]?.spec.region ?? "us-east-1";
  const tried = looked.map(({ region, machines }) => ({
    ...{ region, stack, machines, copiedFrom, copyKeys: copyKeys(ours, region) },
    ...(identity === undefined ? {} : { identity }),
  }));
  const keys = new Map(looked.flatMap(({ region, key }) => (key === undefined ? [] : [[region, key] as const])));
  const seen = looked.flatMap((one) => one.looked);
  const keyPolicies = new Map(seen.flatMap(({ arn, policy }) => (policy ? [[arn, policy] as const] : [])));
  const [first] = clients.values();
  const ended = first === undefined ? [] : await endFinding(first, use.minutes, now);
  const permissions = await missingPermissions({ use: ours, clients, caller, tried, keys, keyPolicies });
  const keyUse = await keyUseFindings({ use: ours, caller, clients, looked: seen });
  return distinct([...findings, ...ended, ...permissions, ...keyUse, ...looked.flatMap((one) => one.findings)]);
}

/** `arn:aws:iam::123456789012:user/me`; undefined where nobody is asked or nobody answers. */
export async function awsIdentity(
  use: PlatformUse<AwsWorker, AwsPlace>,
  open: OpenClients = openClients,
): Promise<string | undefined> {
  const ours = awsUse(use);
  if (regions(ours).length === 0) return undefined;
  return (await reach(ours, open)).caller?.arn;
}

/** What copies to a region are encrypted with; undefined where the settings name no key. */
function copyKeys({ places }: AwsUse, region: string): (string | undefined)[] {
  return unique(places.filter(({ spec }) => spec.region === region).map(({ spec }) => spec.kmsKeyId));
}

function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((one) => [`${one.path} ${one.problem}`, one])).values()];
}
