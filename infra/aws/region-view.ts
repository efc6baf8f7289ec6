/** What one region has of all that the settings want there, and what is to be tried in it. */
import type { Image, Subnet } from "@aws-sdk/client-ec2";
import type { Finding } from "../platform";
import { isAwsArch, type AwsArch } from "./arch";
import type { Clients } from "./ask";
import { barrierFindings, networkAcls, publicAccess } from "./barriers";
import { blockedFindings, encryptionFindings, ownKey, type EncryptsIn } from "./encryption";
import { specs, unique, type AwsUse } from "./grants";
import { groupFindings, lookAtGroups } from "./groups";
import { keyFindings, lookAtKeys, namedKeys, type LookedKey, type NamedKey } from "./keys";
import { bootLaunch, workerLaunch, type Launch } from "./launch";
import { lookAtMachines, machineFindings, wantedMachines } from "./machines";
import { networkFindings, routeTables } from "./networks";
import { instanceTypes, quotaFindings, type Wanted } from "./quotas";
import { endingImages, missingImages, ownImages, stockImages, type Stock } from "./stock";
import type { TriedMachine } from "./trials";
import { visible } from "./visible";

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
  now: Date,
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
      ...ownImages(use, region, stock.value ?? new Map<string, Image>()),
      ...endingImages(use, region, stock.value ?? new Map<string, Image>(), now),
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
