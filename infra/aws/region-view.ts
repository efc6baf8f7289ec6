/** What one region has of all that the settings want there, and what is to be tried in it. */
import type { Image, Subnet } from "@aws-sdk/client-ec2";
import type { Finding } from "../platform";
import { allowedImages, hiddenBy, type AllowedImages } from "./allowed";
import { amiArchitecture, isAwsArch, type AwsArch } from "./arch";
import { errorText, isDenied, type Clients } from "./ask";
import { barrierFindings, networkAcls, publicAccess } from "./barriers";
import { blockedFindings, encryptionFindings, ownKey, type EncryptsIn } from "./encryption";
import { specs, unique, type AwsUse } from "./grants";
import { groupFindings, lookAtGroups } from "./groups";
import { keyFindings, lookAtKeys, namedKeys, type LookedKey, type NamedKey } from "./keys";
import { bootLaunch, workerLaunch, type Launch } from "./launch";
import { lookAtMachines, machineFindings, stockImage, wantedMachines } from "./machines";
import { networkFindings, routeTables } from "./networks";
import { instanceTypes, quotaFindings, type Wanted } from "./quotas";
import type { TriedMachine } from "./trials";

export interface RegionView {
  readonly findings: readonly Finding[];
  /** Every machine that the settings may start here, in each of its subnets. */
  readonly machines: readonly TriedMachine[];
  /** ARN of the key that EC2 encrypts with, where it is not Amazon's. */
  readonly key?: string;
  /** Keys that the settings name, and that one. */
  readonly looked: readonly LookedKey[];
}

/** What we may not even see is reported as a missing permission, not here. */
export async function lookAtRegion(
  use: AwsUse,
  region: string,
  clients: Clients,
  encryptsIn: EncryptsIn,
): Promise<RegionView> {
  const { ec2 } = clients;
  const machines = wantedMachines(use, region);
  const seen = visible(region, () => lookAtMachines(ec2, machines));
  const typesSeen = visible(region, () => instanceTypes(ec2, unique(machines.map((one) => one.instanceType))));
  const [found, types, key, stock] = await Promise.all([
    seen,
    typesSeen,
    visible(region, () => ownKey(ec2)),
    visible(region, () => stockImages(use, region, ec2)),
  ]);
  const named = namedKeys(use, region);
  const arns = [...named.map(({ arn }) => arn), ...(key.value?.includes(":key/") === true ? [key.value] : [])];
  const looked = await visible(region, () => lookAtKeys(clients.kms, arns));
  const subnets = found.value?.subnets ?? [];
  const images = use.places.some(({ spec }) => spec.region === region);
  const [blocked, encryption, tables, acls, access, groups, quotas] = await Promise.all([
    visible(region, () => blockedFindings(use, region, ec2)),
    visible(region, () =>
      encryptionFindings({ use, region, ec2, encryptsIn, key: key.value, looked: looked.value ?? [] }),
    ),
    visible(region, () => routeTables(ec2, subnets)),
    visible(region, () => networkAcls(ec2, subnets)),
    // Not every partition and server knows the question.
    visible(region, () => publicAccess(ec2), NO_ANSWER),
    visible(region, () => lookAtGroups(ec2, machines)),
    visible(region, () => quotaFindings(region, clients, wantedAtOnce(use, region), types.value ?? [], images)),
  ]);
  const complete = found.value && types.value && { ...found.value, types: types.value };
  return {
    findings: [
      ...[found, types, key, looked, blocked, encryption, stock, tables, acls, access, groups, quotas].flatMap(
        ({ problems }) => problems,
      ),
      ...(complete === undefined ? [] : machineFindings(region, machines, complete)),
      ...networkFindings(machines, subnets, tables.value ?? []),
      ...barrierFindings(machines, { subnets, acls: acls.value ?? [], access: access.value }),
      ...(groups.value === undefined ? [] : groupFindings(region, machines, { subnets, groups: groups.value })),
      ...(quotas.value ?? []),
      ...keyFindings([...named, ...defaultKeys(use, region, key.value)], looked.value ?? []),
      ...(encryption.value ?? []),
      ...(blocked.value ?? []),
      ...(stock.value === undefined ? [] : await missingImages(use, region, ec2, stock.value)),
    ],
    machines: triedMachines(use, region, subnets, stock.value ?? new Map<string, Image>()),
    ...(key.value === undefined ? {} : { key: key.value }),
    looked: looked.value ?? [],
  };
}

/** The account's own, which encrypts the volumes of machines that the settings name no key for. */
function defaultKeys(use: AwsUse, region: string, arn: string | undefined): NamedKey[] {
  const isUsed = specs(use).some((spec) => spec.region === region && spec.kmsKeyId === undefined);
  return arn === undefined || !isUsed ? [] : [{ path: "aws", arn }];
}

/** By path of the worker. */
type Stock = ReadonlyMap<string, Image>;

/** Of every worker, wherever it is: a boot check in another region is tried with the same image there. */
async function stockImages({ workers }: AwsUse, region: string, ec2: Clients["ec2"]): Promise<Stock> {
  const found = workers.map(async ({ path, arch, spec }) => {
    const image = await stockImage(ec2, spec.ami, isAwsArch(arch) ? amiArchitecture(arch) : arch);
    return image === undefined ? [] : [[path, image] as const];
  });
  return new Map((await Promise.all(found)).flat());
}

/** What hides an image is said instead, where something does. */
async function missingImages(
  { workers }: AwsUse,
  region: string,
  ec2: Clients["ec2"],
  stock: Stock,
): Promise<Finding[]> {
  const missing = workers.filter(({ path, spec }) => spec.region === region && !stock.has(path));
  if (missing.length === 0) return [];
  const { value: allowed, problems } = await visible(region, () => allowedImages(ec2));
  const found = missing.map(async ({ path, arch, spec: { ami } }): Promise<Finding[]> => {
    const named = isAwsArch(arch) ? amiArchitecture(arch) : arch;
    const old = await visible(region, () => stockImage(ec2, ami, named, true));
    return [...old.problems, { path: `${path}.ami`, ...notFound(region, ami, allowed, old.value) }];
  });
  return [...problems, ...(await Promise.all(found)).flat()];
}

type Ami = Parameters<typeof noStockImage>[1];

function notFound(region: string, ami: Ami, allowed: AllowedImages | undefined, old: Image | undefined) {
  return (
    (old && outdated(region, ami, old)) ?? (allowed && hiddenBy(allowed, ami, region)) ?? noStockImage(region, ami)
  );
}

/** Its owner has deprecated it, or Amazon, as it does with public images after two years. */
function outdated(region: string, { owner, name }: Ami, { ImageId, DeprecationTime }: Image) {
  const since = DeprecationTime === undefined ? "" : ` since ${DeprecationTime.slice(0, "2026-01-01".length)}`;
  return {
    problem: `${ImageId} in ${region}, the newest image of ${owner} named ${name}, is deprecated${since}: EC2 gives it to nobody who looks for one`,
    remedy: "name a newer release in ami",
  };
}

function triedMachines(use: AwsUse, region: string, subnets: readonly Subnet[], stock: Stock): TriedMachine[] {
  const tried = (path: string, image: Image | undefined, launches: readonly Launch[]): TriedMachine[] =>
    launches.flatMap((launch) => {
      const subnet = subnets.find(({ SubnetId }) => SubnetId === launch.subnet);
      if (subnet === undefined) return [];
      const { ImageId: id, RootDeviceName: rootDevice = "/dev/sda1" } = image ?? {};
      return [
        {
          ...{ path, launch },
          ...(subnet.VpcId === undefined ? {} : { vpc: subnet.VpcId }),
          ...(id === undefined ? {} : { image: { id, rootDevice } }),
        },
      ];
    });
  const imageFor = (arch: AwsArch): Image | undefined =>
    use.workers.filter((one) => one.arch === arch).flatMap(({ path }) => stock.get(path) ?? [])[0];
  const ofWorkers = use.workers.flatMap(({ path, arch, spec }) => {
    if (spec.region !== region || !isAwsArch(arch)) return [];
    const all = workerLaunch(arch, spec);
    const [first = ""] = spec.subnets;
    const launches = spec.subnets.map((subnet) => ({ ...all, subnet, spot: spec.spot }));
    // The last attempt is on demand.
    return tried(path, stock.get(path), [...launches, ...(spec.spot ? [{ ...all, subnet: first, spot: false }] : [])]);
  });
  const ofBoots = use.places.flatMap(({ path, arch, spec }) => {
    if (spec.region !== region || !isAwsArch(arch)) return [];
    const all = bootLaunch(arch, spec);
    return tried(
      path,
      imageFor(arch),
      spec.boot.subnets.map((subnet) => ({ ...all, subnet, spot: false })),
    );
  });
  return [...ofWorkers, ...ofBoots];
}

function noStockImage(region: string, { owner, name }: { readonly owner: string; readonly name: string }) {
  return {
    problem: `${region} has no image of ${owner} named ${name} for this architecture`,
    remedy: `look with "aws ec2 describe-images --region ${region} --owners ${owner}"`,
  };
}

function wantedAtOnce({ workers, places, boots = 1 }: AwsUse, region: string): Wanted[] {
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
        ? [{ path, instanceType: spec.boot.instanceTypes[arch], spot: false, count: boots }]
        : [],
    ),
  ];
}

const NO_ANSWER = { remedy: "nothing stops for that: a run that is barred says so itself", note: true } as const;
const NO_WAY = { remedy: "see that AWS can be reached from here, then try again" };

/** Runs what reads; a denial says nothing here, any other failure is a finding. */
async function visible<T>(
  region: string,
  look: () => Promise<T>,
  otherwise: Pick<Finding, "remedy" | "note"> = NO_WAY,
): Promise<{ readonly value?: T; readonly problems: readonly Finding[] }> {
  try {
    return { value: await look(), problems: [] };
  } catch (error) {
    if (isDenied(error)) return { problems: [] };
    return { problems: [{ path: "aws", problem: `${region} can't be looked at: ${errorText(error)}`, ...otherwise }] };
  }
}
