/** What instances need: their flavor, networks and groups, and room for as many as there are at once. */
import { z } from "zod";
import type { Finding } from "../platform";
import type { Arch } from "../words";
import { finding } from "./finding";
import type { Cloud } from "./provider/cloud/cloud";
import { readPages } from "./provider/cloud/pages";
import {
  findFlavor,
  findGroup,
  findImage,
  findNetwork,
  inProject,
  networking,
  type Flavor,
} from "./provider/machine/lookups";
import type { OpenstackBoot, OpenstackWorker } from "./settings";

const NAME = "write its name or id as `openstack ... list` shows it";

export interface Wanted extends OpenstackBoot {
  /** How many there are at once. */
  readonly machines: number;
}

export async function machineFindings(path: string, boot: Wanted, cloud: Cloud): Promise<Finding[]> {
  const { floatingNetwork, machines } = boot;
  const asked = await Promise.all([
    ask(`${path}.flavor`, async () => await room(path, cloud, await findFlavor(cloud, boot.flavor), machines)),
    ask(`${path}.network`, async () => {
      const { subnets } = await findNetwork(cloud, boot.network);
      const problem = `network "${boot.network}" has no subnet: an instance there gets no address`;
      return subnets.length > 0 ? [] : [{ path: `${path}.network`, problem, remedy: "name another network" }];
    }),
    ...boot.securityGroups.map((group, index) =>
      ask(`${path}.securityGroups[${index}]`, async () => {
        await findGroup(cloud, group);
        return [];
      }),
    ),
    ...(floatingNetwork === undefined
      ? []
      : [ask(`${path}.floatingNetwork`, () => floating(path, floatingNetwork, cloud, machines))]),
  ]);
  return asked.flat();
}

/** Beside that: the stock image, and room for the containers on the root disk. */
export async function workerFindings(
  path: string,
  arch: Arch,
  { flavor, image, diskGib }: OpenstackWorker,
  cloud: Cloud,
): Promise<Finding[]> {
  const asked = await Promise.all([
    ask(`${path}.image`, async () => {
      const found = (await findImage(cloud, image))["architecture"];
      if (typeof found !== "string" || found === arch) return [];
      const problem = `image "${image}" is for ${found}, and the worker is to build for ${arch}`;
      return [{ path: `${path}.image`, problem, remedy: "name the stock image of that architecture" }];
    }),
    ask(`${path}.diskGib`, async () => {
      const { disk } = await findFlavor(cloud, flavor);
      if (disk === 0 || disk >= diskGib) return [];
      const problem = `flavor "${flavor}" has a root disk of ${disk} GiB, and ${diskGib} are wanted`;
      const remedy = "take a flavor with a larger disk or without one (then a volume is made), or a smaller diskGib";
      return [{ path: `${path}.diskGib`, problem, remedy }];
    }),
  ]);
  // That there is no such flavor is said by its own path.
  return asked.flat().filter(({ problem }) => !problem.startsWith("there is no flavor"));
}

async function ask(path: string, question: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await question();
  } catch (error) {
    return [finding(path, error, NAME)];
  }
}

/** Of the whole project; -1 is no limit. */
const limitsSchema = z.object({
  limits: z.object({
    absolute: z.object({
      ...{ maxTotalInstances: z.number(), totalInstancesUsed: z.number() },
      ...{ maxTotalCores: z.number(), totalCoresUsed: z.number() },
      ...{ maxTotalRAMSize: z.number(), totalRAMUsed: z.number() },
    }),
  }),
});

async function room(path: string, cloud: Cloud, { name, vcpus, ram }: Flavor, machines: number): Promise<Finding[]> {
  const { limits } = await cloud.read(limitsSchema, `${await cloud.endpoint("compute")}/limits`);
  const { absolute } = limits;
  const kinds = [
    { what: "instances", most: absolute.maxTotalInstances, used: absolute.totalInstancesUsed, needed: machines },
    { what: "cores", most: absolute.maxTotalCores, used: absolute.totalCoresUsed, needed: machines * vcpus },
    { what: "MiB of memory", most: absolute.maxTotalRAMSize, used: absolute.totalRAMUsed, needed: machines * ram },
  ];
  return kinds
    .filter(({ most, used, needed }) => most >= 0 && used + needed > most)
    .map(({ what, most, used, needed }) => ({
      path: `${path}.flavor`,
      problem: `${many(machines)} of flavor "${name}" need${machines === 1 ? "s" : ""} ${needed} ${what}, and the project has used ${used} of ${most}`,
      remedy:
        "end instances that nobody needs, take a smaller flavor, or ask the operator of the cloud for a larger quota",
    }));
}

const quotaSchema = z.object({ quota: z.object({ floatingip: z.number() }) });
const usedSchema = z.object({ id: z.string() });

const many = (machines: number): string => (machines === 1 ? "an instance" : `${machines} instances at once`);

async function floating(path: string, name: string, cloud: Cloud, machines: number): Promise<Finding[]> {
  const at = `${path}.floatingNetwork`;
  const network = await findNetwork(cloud, name);
  if (network["router:external"] !== true) {
    const problem = `network "${name}" is not external: it has no floating IPs`;
    return [{ path: at, problem, remedy: "name one of `openstack network list --external`" }];
  }
  const { project } = await cloud.token();
  const url = await networking(cloud);
  const [{ quota }, floatingips] = await Promise.all([
    cloud.read(quotaSchema, `${url}/quotas/${project?.id ?? ""}`),
    readPages(cloud, `${await inProject(cloud, "floatingips")}&fields=id`, "floatingips", usedSchema),
  ]);
  if (quota.floatingip < 0 || floatingips.length + machines <= quota.floatingip) return [];
  const problem = `${many(machines)} need${machines === 1 ? "s" : ""} as many floating IPs, and ${floatingips.length} of the project's ${quota.floatingip} are taken`;
  return [{ path: at, problem, remedy: "release those that nobody needs, or ask the operator of the cloud for more" }];
}
