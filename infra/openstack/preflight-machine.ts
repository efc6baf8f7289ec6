/** What instances need: their flavor, networks, groups that let us in, and floating IPs for as many as there are at once. */
import { z } from "zod";
import type { Finding } from "../platform";
import type { Arch } from "../words";
import { finding } from "./finding";
import { OWNER_TAG } from "../../provider/owner";
import type { Cloud } from "./provider/cloud/cloud";
import type { GlanceImage } from "./provider/cloud/glance";
import {
  type Flavor,
  findFlavor,
  findGroup,
  findImage,
  findNetwork,
  findZone,
  letsSshIn,
  networking,
  readOwn,
} from "./provider/machine/lookups";
import { markOf } from "./provider/marks";
import type { OpenstackBoot, OpenstackWorker } from "./settings";

const NAME = "write its name or id as `openstack ... list` shows it";

export interface Wanted extends OpenstackBoot {
  /** How many there are at once. */
  readonly machines: number;
}

export async function machineFindings(path: string, boot: Wanted, cloud: Cloud): Promise<Finding[]> {
  const { floatingNetwork, availabilityZone, machines } = boot;
  const asked = await Promise.all([
    ask(`${path}.flavor`, async () => {
      await findFlavor(cloud, boot.flavor);
      return [];
    }),
    ask(`${path}.network`, async () => {
      const { subnets } = await findNetwork(cloud, boot.network);
      const problem = `network "${boot.network}" has no subnet: an instance there gets no address`;
      return subnets.length > 0 ? [] : [{ path: `${path}.network`, problem, remedy: "name another network" }];
    }),
    groupFindings(`${path}.securityGroups`, boot.securityGroups, cloud),
    ...(availabilityZone === undefined
      ? []
      : [
          ask(`${path}.availabilityZone`, async () => {
            await findZone(cloud, availabilityZone);
            return [];
          }),
        ]),
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
  const found = findFlavor(cloud, flavor);
  const asked = await Promise.all([
    ask(`${path}.image`, async () => {
      const stock = await findImage(cloud, image);
      if (markOf(stock, OWNER_TAG) !== undefined) {
        // The rule for reviewers knows names alone, and here is an id.
        const problem = `image "${image}" is one that this program made: a build that starts from it trusts every build before it`;
        return [{ path: `${path}.image`, problem, remedy: "name a distribution's stock image" }];
      }
      const small = tooSmall(path, stock, await found);
      const of = stock["architecture"];
      if (typeof of !== "string" || of === arch) return small;
      const problem = `image "${image}" is for ${of}, and the worker is to build for ${arch}`;
      return [{ path: `${path}.image`, problem, remedy: "name the stock image of that architecture" }, ...small];
    }),
    ask(`${path}.diskGib`, async () => {
      const { disk } = await found;
      if (disk === 0 || disk >= diskGib) return [];
      const problem = `flavor "${flavor}" has a root disk of ${disk} GiB, and ${diskGib} are wanted`;
      const remedy = "take a flavor with a larger disk or without one (then a volume is made), or a smaller diskGib";
      return [{ path: `${path}.diskGib`, problem, remedy }];
    }),
  ]);
  // That there is no such flavor is said by its own path.
  return asked.flat().filter(({ problem }) => !problem.startsWith("there is no flavor"));
}

/** What Nova would refuse: an image says what it needs at least. */
function tooSmall(path: string, image: GlanceImage, { name, disk, ram }: Flavor): Finding[] {
  const { min_disk: leastDisk, min_ram: leastRam } = image;
  const needs = [
    ...(disk > 0 && (leastDisk ?? 0) > disk ? [`${leastDisk} GiB of disk, and it has ${disk}`] : []),
    ...((leastRam ?? 0) > ram ? [`${leastRam} MiB of memory, and it has ${ram}`] : []),
  ];
  return needs.map((need) => ({
    path: `${path}.flavor`,
    problem: `flavor "${name}" is too small for image "${image.name ?? image.id}", which needs ${need}`,
    remedy: "name a larger flavor",
  }));
}

async function groupFindings(path: string, groups: readonly string[], cloud: Cloud): Promise<Finding[]> {
  const open: boolean[] = [];
  const asked = await Promise.all(
    groups.map((group, index) =>
      ask(`${path}[${index}]`, async () => {
        open.push(await letsSshIn(cloud, await findGroup(cloud, group)));
        return [];
      }),
    ),
  );
  const findings = asked.flat();
  // None at all is what networks without port security ask for.
  if (findings.length > 0 || open.length === 0 || open.includes(true)) return findings;
  return [
    {
      path,
      problem: `no rule of ${groups.join(", ")} lets ssh in from other addresses`,
      remedy: `openstack security group rule create --ingress --protocol tcp --dst-port 22 ${groups[0] ?? ""}`,
      note: true,
    },
  ];
}

async function ask(path: string, question: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await question();
  } catch (error) {
    return [finding(path, error, NAME)];
  }
}

const quotaSchema = z.object({
  // Without the extension that has routers none is told.
  quota: z.object({ floatingip: z.number().default(-1) }),
});
const usedSchema = z.object({ id: z.string() });

export const many = (machines: number): string => (machines === 1 ? "an instance" : `${machines} instances at once`);

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
    readOwn(cloud, "floatingips", usedSchema),
  ]);
  if (quota.floatingip < 0 || floatingips.length + machines <= quota.floatingip) return [];
  const problem = `${many(machines)} need${machines === 1 ? "s" : ""} as many floating IPs, and ${floatingips.length} of the project's ${quota.floatingip} are taken`;
  return [{ path: at, problem, remedy: "release those that nobody needs, or ask the operator of the cloud for more" }];
}
