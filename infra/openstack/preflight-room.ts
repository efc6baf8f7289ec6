/** Room for machines in a project's quotas: each alone must have it, all that may be there at once should. */
import { z } from "zod";
import type { Finding } from "../platform";
import { finding } from "./finding";
import type { Cloud } from "./provider/cloud/cloud";
import { many } from "./preflight-machine";
import { findFlavor, type Flavor } from "./provider/machine/lookups";

export interface Need {
  /** Of the settings that have the flavor. */
  readonly path: string;
  readonly flavor: string;
  /** So many at once. */
  readonly machines: number;
  /** Of the volume that one starts from if its flavor has no disk, GiB. @default not known before the image is there */
  readonly diskGib?: number;
  /** Of several with the same word only one is there at a time. @default all are */
  readonly instead?: string;
}

interface Kind {
  readonly what: string;
  /** -1: without a limit. */
  readonly most: number;
  readonly used: number;
  readonly needed: (need: Known) => number;
}

interface Known extends Need {
  readonly found: Flavor;
}

export async function roomFindings(needs: readonly Need[], cloud: Cloud): Promise<Finding[]> {
  const known = (await Promise.all(needs.map((need) => withFlavor(need, cloud)))).flat();
  const [first] = known;
  if (first === undefined) return [];
  let kinds: readonly Kind[];
  try {
    kinds = await quotas(cloud, known);
  } catch (error) {
    return [finding(`${first.path}.flavor`, error, "ask the operator of the cloud which quotas the project has")];
  }
  const alone = known.flatMap((need) => lacking([need], kinds));
  // Two architectures of one place say the same.
  const found = [...new Map(alone.map((one) => [one.path + one.problem, one])).values()];
  if (found.length > 0 || known.length === 1) return found;
  return lacking(known, kinds).map((one) => ({ ...one, note: true }));
}

/** That there is no such flavor is said of its own path. */
async function withFlavor(need: Need, cloud: Cloud): Promise<Known[]> {
  try {
    return [{ ...need, found: await findFlavor(cloud, need.flavor) }];
  } catch {
    return [];
  }
}

const REMEDY = "end what nobody needs, take a smaller flavor, or ask the operator of the cloud for a larger quota";

function lacking(needs: readonly Known[], kinds: readonly Kind[]): Finding[] {
  const [first] = needs;
  if (first === undefined) return [];
  const machines = needs.reduce((sum, need) => sum + need.machines, 0);
  const flavors = [...new Set(needs.map(({ found }) => `"${found.name}"`))].join(", ");
  return kinds
    .map(({ what, most, used, needed }) => ({
      what,
      most,
      used,
      wanted: needs.reduce((sum, need) => sum + needed(need), 0),
    }))
    .filter(({ most, used, wanted }) => most >= 0 && wanted > 0 && used + wanted > most)
    .map(({ what, most, used, wanted }) => ({
      path: `${first.path}.flavor`,
      problem: `${many(machines)} of flavor ${flavors} need${machines === 1 ? "s" : ""} ${wanted} ${what}, and the project has used ${used} of ${most}`,
      remedy: REMEDY,
    }));
}

const computeSchema = z.object({
  limits: z.object({
    absolute: z.object({
      ...{ maxTotalInstances: z.number(), totalInstancesUsed: z.number() },
      ...{ maxTotalCores: z.number(), totalCoresUsed: z.number() },
      ...{ maxTotalRAMSize: z.number(), totalRAMUsed: z.number() },
    }),
  }),
});
const volumeSchema = z.object({
  limits: z.object({
    absolute: z.object({
      ...{ maxTotalVolumes: z.number(), totalVolumesUsed: z.number() },
      ...{ maxTotalVolumeGigabytes: z.number(), totalGigabytesUsed: z.number() },
    }),
  }),
});

async function quotas(cloud: Cloud, needs: readonly Known[]): Promise<Kind[]> {
  const { absolute } = (await cloud.read(computeSchema, `${await cloud.endpoint("compute")}/limits`)).limits;
  const { maxTotalInstances, totalInstancesUsed, maxTotalCores, totalCoresUsed, maxTotalRAMSize, totalRAMUsed } =
    absolute;
  return [
    { what: "instances", most: maxTotalInstances, used: totalInstancesUsed, needed: ({ machines }) => machines },
    {
      what: "cores",
      most: maxTotalCores,
      used: totalCoresUsed,
      needed: ({ machines, found }) => machines * found.vcpus,
    },
    {
      what: "MiB of memory",
      most: maxTotalRAMSize,
      used: totalRAMUsed,
      needed: ({ machines, found }) => machines * found.ram,
    },
    ...(needs.some(startsFromVolume) ? await volumeQuotas(cloud) : []),
  ];
}

const startsFromVolume = ({ found }: Known): boolean => found.disk === 0;

async function volumeQuotas(cloud: Cloud): Promise<Kind[]> {
  const { absolute } = (await cloud.read(volumeSchema, `${await cloud.endpoint("volume")}/limits`)).limits;
  const { maxTotalVolumes, totalVolumesUsed, maxTotalVolumeGigabytes, totalGigabytesUsed } = absolute;
  const volumes = (need: Known): number => (startsFromVolume(need) ? need.machines : 0);
  return [
    { what: "volumes", most: maxTotalVolumes, used: totalVolumesUsed, needed: volumes },
    {
      ...{ what: "GiB of volumes", most: maxTotalVolumeGigabytes, used: totalGigabytesUsed },
      needed: (need) => volumes(need) * (need.diskGib ?? 0),
    },
  ];
}
