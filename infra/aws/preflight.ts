/** Everything that AWS lacks for these settings, found before anything starts: one list, with what to do about each. */
import type { Finding, PlatformUse } from "../platform";
import { openClients, type OpenClients } from "./ask";
import { endFinding } from "./credentials-end";
import { awsUse, regions } from "./grants";
import { missingPermissions } from "./permissions";
import { reach } from "./reach";
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

  const looked = await Promise.all(
    [...clients].map(async ([region, found]) => ({ region, ...(await lookAtRegion(ours, region, found)) })),
  );
  const { stack, identity } = ours;
  const copiedFrom = ours.places[0]?.spec.region ?? "us-east-1";
  const tried = looked.map(({ region, machines }) => ({
    ...{ region, stack, machines, copiedFrom },
    ...(identity === undefined ? {} : { identity }),
  }));
  const keys = new Map(looked.flatMap(({ region, key }) => (key === undefined ? [] : [[region, key] as const])));
  const [first] = clients.values();
  const ended = first === undefined ? [] : await endFinding(first, use.minutes, now);
  const permissions = await missingPermissions({ use: ours, clients, caller, tried, keys });
  return distinct([...findings, ...ended, ...permissions, ...looked.flatMap((one) => one.findings)]);
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

function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((one) => [`${one.path} ${one.problem}`, one])).values()];
}
