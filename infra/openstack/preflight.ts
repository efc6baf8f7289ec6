/** All that a cloud lacks for this use, found before anything starts. Tokens are asked for; nothing else is changed. */
import type { Finding, PlatformUse } from "../platform";
import { credentialsEnd } from "./credentials-end";
import { finding } from "./finding";
import { openHere } from "./look";
import { choiceOf, shownPlace } from "./place";
import type { CloudChoice } from "./provider/cloud/access";
import type { Cloud, OpenCloud } from "./provider/cloud/cloud";
import { glanceOf } from "./provider/cloud/glance";
import { machineFindings, workerFindings } from "./preflight-machine";
import { type Need, roomFindings } from "./preflight-room";
import { whyNot } from "./provider/upload/permit";
import type { OpenstackPlace, OpenstackWorker } from "./settings";

type Use = PlatformUse<OpenstackWorker, OpenstackPlace>;

export async function openstackPreflight(
  { places, workers, boots, minutes }: Use,
  open: OpenCloud = openHere,
): Promise<Finding[]> {
  // One place of several architectures is asked about once.
  const distinct = new Map(places.map(({ path, spec }) => [JSON.stringify(spec), { path, spec }]));
  const machines = boots ?? 1;
  const found = await Promise.all([
    ...[...distinct.values()].map(({ path, spec }) =>
      inside(path, spec, open, (cloud) =>
        Promise.all([
          images(path, spec, cloud),
          sending(path, spec, cloud),
          roles(path, cloud),
          published(path, spec, cloud),
          machineFindings(`${path}.boot`, { ...spec.boot, machines }, cloud),
        ]),
      ),
    ),
    ...workers.map(({ path, arch, spec }) =>
      inside(path, spec, open, (cloud) =>
        Promise.all([
          roles(path, cloud),
          machineFindings(path, { ...spec, machines: 1 }, cloud),
          workerFindings(path, arch, spec, cloud),
        ]),
      ),
    ),
    ...[...needsByProject({ places, workers }, machines).values()].map(({ choice, needs }) =>
      ofProject(choice, needs, minutes, open),
    ),
  ]);
  return found.flat();
}

interface ProjectNeeds {
  readonly choice: CloudChoice;
  readonly needs: Need[];
}

/** Quotas are of a project: all that is there at once counts together. */
function needsByProject(
  { places, workers }: Pick<Use, "places" | "workers">,
  boots: number,
): Map<string, ProjectNeeds> {
  const projects = new Map<string, ProjectNeeds>();
  const add = (choice: CloudChoice, need: Need): void => {
    const key = JSON.stringify(choice);
    const project = projects.get(key) ?? { choice, needs: [] };
    projects.set(key, project);
    // Another worker of the architecture is there instead of the first, never beside it.
    if (need.instead === undefined || project.needs.every(({ instead }) => instead !== need.instead))
      project.needs.push(need);
  };
  for (const { path, arch, spec } of workers) {
    const { flavor, diskGib } = spec;
    add(choiceOf(spec), { path, flavor, machines: 1, diskGib, instead: arch });
  }
  for (const { path, spec } of places) {
    add(choiceOf(spec), { path: `${path}.boot`, flavor: spec.boot.flavor, machines: boots });
  }
  return projects;
}

/** What is the same of all that use it. */
async function ofProject(
  choice: CloudChoice,
  needs: readonly Need[],
  minutes: number | undefined,
  open: OpenCloud,
): Promise<Finding[]> {
  let cloud: Cloud;
  try {
    cloud = open(choice);
    await cloud.token();
  } catch {
    // Said of each that needs it already.
    return [];
  }
  const path = needs[0]?.path.replace(/\.boot$/, "") ?? "";
  const ends = credentialsEnd(`${path}.cloud`, cloud, minutes).catch((error: unknown) => [
    { ...finding(`${path}.cloud`, error, "see whether Keystone can be reached, and try again"), note: true as const },
  ]);
  return (await Promise.all([roomFindings(needs, cloud), ends])).flat();
}

async function inside(
  path: string,
  spec: OpenstackPlace | OpenstackWorker,
  open: OpenCloud,
  ask: (cloud: Cloud) => Promise<Finding[][]>,
): Promise<Finding[]> {
  let cloud: Cloud;
  try {
    cloud = open(choiceOf(spec));
    await cloud.token();
  } catch (error) {
    // Nothing else can be asked then.
    return [
      finding(`${path}.cloud`, error, `mend clouds.yaml, then try it: openstack --os-cloud ${spec.cloud} token issue`),
    ];
  }
  return (await ask(cloud)).flat();
}

/** Of Glance's quotas, those that an upload meets: nothing is staged for an import. */
const NEEDED = ["image_size_total", "image_count_total"];

const LIST = "ask the operator of the cloud for the role that may list and make images (usually member)";

async function images(path: string, spec: OpenstackPlace, cloud: Cloud): Promise<Finding[]> {
  const glance = glanceOf(cloud);
  try {
    await glance.list({ name: "copr-builders-preflight" });
    const usage = await glance.usage();
    return Object.entries(usage ?? {})
      .filter(([name, { limit, usage: used }]) => NEEDED.includes(name) && limit >= 0 && used >= limit)
      .map(([name, { limit, usage: used }]) => ({
        path: `${path}.cloud`,
        problem: `the quota ${name} of images is used up in ${shownPlace(spec)}: ${used} of ${limit}`,
        remedy: "delete images that nobody needs, or ask the operator of the cloud for more",
      }));
  } catch (error) {
    return [finding(`${path}.cloud`, error, LIST)];
  }
}

/** Nothing is missing where this machine sends what the worker can't: it takes longer. */
async function sending(path: string, { diskFrom }: OpenstackPlace, cloud: Cloud): Promise<Finding[]> {
  if (diskFrom === "store") return [];
  const remedy =
    "give clouds.yaml a password or an unrestricted application credential, or write diskFrom: store, which says so";
  const told = (why: string): Finding => ({
    ...{ path: `${path}.diskFrom`, remedy, note: true },
    problem: `the worker can't put its disk into Glance, so this machine will, from the store: ${why}`,
  });
  try {
    const why = await whyNot(cloud);
    return why === undefined ? [] : [told(why)];
  } catch (error) {
    return [told(finding(path, error, remedy).problem)];
  }
}

/** What roles allow is decided by each service's own policy, which can't be asked: what is usual is said. */
async function roles(path: string, cloud: Cloud): Promise<Finding[]> {
  const { roles: has } = await cloud.token();
  if (has.length === 0 || has.some((role) => role !== "reader")) return [];
  const problem = `the credentials of ${cloud.access.from} may only read: their roles are ${has.join(", ")}`;
  return [{ path: `${path}.cloud`, problem, remedy: "take a credential with the role member in the project" }];
}

async function published(path: string, { visibility }: OpenstackPlace, cloud: Cloud): Promise<Finding[]> {
  const { roles: has } = await cloud.token();
  if (visibility !== "public" || has.includes("admin")) return [];
  return [
    {
      path: `${path}.visibility`,
      problem: `most clouds let only admin make an image public, and the roles are ${has.join(", ") || "none"}`,
      remedy: "ask the operator whether you may (policy publicize_image), or use community or shared",
      note: true,
    },
  ];
}

/** Who we are there: `builder of project farm at https://...`. */
export async function openstackIdentity(
  { places, workers }: Use,
  open: OpenCloud = openHere,
): Promise<string | undefined> {
  const [first] = [...places, ...workers];
  if (first === undefined) return undefined;
  const cloud = open(choiceOf(first.spec));
  const { user, project } = await cloud.token();
  return `${user.name} of project ${project?.name ?? "none"} at ${cloud.access.authUrl}`;
}
