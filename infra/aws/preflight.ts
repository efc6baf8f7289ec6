/** Everything that AWS lacks for these settings, found before anything starts: one list, with what to do about each. */
import type { Finding, PlatformUse } from "../platform";
import { amiArchitecture, isAwsArch } from "./arch";
import { errorText, isDenied, openClients, type Clients, type OpenClients } from "./ask";
import type { DryRunArgs } from "./dry-runs";
import { awsUse, regions, type AwsUse } from "./grants";
import { lookAtMachines, machineFindings, stockImage, wantedMachines } from "./machines";
import { missingPermissions } from "./permissions";
import { instanceTypes, quotaFindings, type Wanted } from "./quotas";
import type { AwsPlace, AwsWorker } from "./settings";

/** Boot checks of one image run beside each other; how many is not ours to know, most have three. */
const BOOTS_AT_ONCE = 3;

export async function awsPreflight(
  use: PlatformUse<AwsWorker, AwsPlace>,
  open: OpenClients = openClients,
): Promise<Finding[]> {
  const ours = awsUse(use);
  const all = regions(ours);
  if (all.length === 0) return [];
  const clients = new Map(await Promise.all(all.map(async (region) => [region, await open(region)] as const)));
  const who = await caller(ours, clients);
  if (typeof who !== "string") return [who];

  const looked = await Promise.all([...clients].map(([region, client]) => lookAt(ours, region, client)));
  const examples = new Map(looked.map(({ region, example }) => [region, example]));
  const permissions = await missingPermissions({ use: ours, clients, caller: who, examples });
  return distinct([...permissions, ...looked.flatMap(({ findings }) => findings)]);
}

/** `arn:aws:iam::123456789012:user/me`; undefined where nobody is asked or nobody answers. */
export async function awsIdentity(
  use: PlatformUse<AwsWorker, AwsPlace>,
  open: OpenClients = openClients,
): Promise<string | undefined> {
  const ours = awsUse(use);
  const [region] = regions(ours);
  if (region === undefined) return undefined;
  const who = await caller(ours, new Map([[region, await open(region)]]));
  return typeof who === "string" ? who : undefined;
}

/** Who signs our requests, or why nobody does. */
async function caller(use: AwsUse, clients: ReadonlyMap<string, Clients>): Promise<string | Finding> {
  const { GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
  const [region = ""] = regions(use);
  try {
    const answer = await clients.get(region)?.sts.send(new GetCallerIdentityCommand({}));
    if (answer?.Arn === undefined) throw new Error("the answer has no Arn");
    return answer.Arn;
  } catch (error) {
    return {
      path: "aws",
      problem: `AWS in ${region} does not know who we are: ${errorText(error)}`,
      remedy: 'give credentials as the AWS tools take them, and try "aws sts get-caller-identity"',
    };
  }
}

interface Look {
  readonly region: string;
  readonly findings: readonly Finding[];
  readonly example: DryRunArgs;
}

/** What one region has. What we may not even see is reported as a missing permission, not here. */
async function lookAt(use: AwsUse, region: string, clients: Clients): Promise<Look> {
  const machines = wantedMachines(use, region);
  const workers = use.workers.filter(({ spec }) => spec.region === region);
  const seen = await visible(region, async () => {
    const [found, types] = await Promise.all([
      lookAtMachines(clients.ec2, machines),
      instanceTypes(clients.ec2, [...new Set(machines.map(({ instanceType }) => instanceType))]),
    ]);
    const images = use.places.some(({ spec }) => spec.region === region);
    const quotas = await quotaFindings(region, clients, wantedAtOnce(use, region), types, images);
    return { found, findings: [...machineFindings(region, machines, { ...found, types }), ...quotas] };
  });
  const stock = await visible(region, () =>
    Promise.all(
      workers.map(async ({ path, arch, spec }) => {
        const architecture = isAwsArch(arch) ? amiArchitecture(arch) : arch;
        return { path, spec, image: await stockImage(clients.ec2, spec.ami, architecture) };
      }),
    ),
  );
  const missing = (stock.value ?? []).flatMap(({ path, spec: { ami }, image }): Finding[] =>
    image ? [] : [{ path: `${path}.ami`, ...noStockImage(region, ami) }],
  );
  const first = stock.value?.find(({ image }) => image?.ImageId !== undefined);
  const vpc = seen.value?.found.subnets[0]?.VpcId;
  return {
    region,
    findings: [...seen.problems, ...(seen.value?.findings ?? []), ...stock.problems, ...missing],
    example: {
      stack: use.stack,
      ...(vpc === undefined ? {} : { vpc }),
      ...(first?.image?.ImageId === undefined
        ? {}
        : {
            machine: {
              ami: first.image.ImageId,
              instanceType: first.spec.instanceType,
              subnet: first.spec.subnets[0] ?? "",
              spot: first.spec.spot,
            },
          }),
    },
  };
}

function noStockImage(region: string, { owner, name }: { readonly owner: string; readonly name: string }) {
  return {
    problem: `${region} has no image of ${owner} named ${name} for this architecture`,
    remedy: `look with "aws ec2 describe-images --region ${region} --owners ${owner}"`,
  };
}

function wantedAtOnce({ workers, places }: AwsUse, region: string): Wanted[] {
  return [
    ...workers
      .filter(({ spec }) => spec.region === region)
      .map(({ path, spec: { instanceType, spot } }) => ({
        path: `${path}.instanceType`,
        instanceType,
        spot,
        count: 1,
      })),
    ...places.flatMap(({ path, arch, spec }) =>
      spec.region === region && isAwsArch(arch)
        ? [{ path, instanceType: spec.boot.instanceTypes[arch], spot: false, count: BOOTS_AT_ONCE }]
        : [],
    ),
  ];
}

/** Runs what reads; a denial says nothing here, any other failure is a finding. */
async function visible<T>(
  region: string,
  look: () => Promise<T>,
): Promise<{ readonly value?: T; readonly problems: readonly Finding[] }> {
  try {
    return { value: await look(), problems: [] };
  } catch (error) {
    if (isDenied(error)) return { problems: [] };
    const remedy = "see that AWS can be reached from here, then try again";
    return { problems: [{ path: "aws", problem: `${region} can't be looked at: ${errorText(error)}`, remedy }] };
  }
}

function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((one) => [`${one.path} ${one.problem}`, one])).values()];
}
