/** Things of a cloud that settings call by a name or an id: flavors, images, networks, security groups. */
import { z } from "zod";
import { parse } from "../../../../contract/schemas/parse";
import { UserError } from "../../../../contract/user-error";
import type { Cloud } from "../cloud/cloud";
import { type GlanceImage, glanceOf } from "../cloud/glance";
import { readPages } from "../cloud/pages";

const named = { id: z.string(), name: z.string() };
const flavorSchema = z.object({
  ...named,
  vcpus: z.number(),
  /** MiB. */
  ram: z.number(),
  /** GiB; 0: the root disk is a volume. */
  disk: z.number(),
});
const networkSchema = z.object({
  ...named,
  "router:external": z.boolean().optional(),
  subnets: z.array(z.string()).default([]),
});
/** A Neutron from before 2016 knows no `project_id`. */
const ofProject = z.looseObject({ project_id: z.string().nullish(), tenant_id: z.string().nullish() });
const groupSchema = ofProject.extend(named);
export type Flavor = z.output<typeof flavorSchema>;
export type Network = z.output<typeof networkSchema>;

/** @throws UserError that names the flavors that there are */
export async function findFlavor(cloud: Cloud, wanted: string): Promise<Flavor> {
  const url = `${await cloud.endpoint("compute")}/flavors/detail`;
  return one("flavor", wanted, await readPages(cloud, url, "flavors", flavorSchema));
}

export async function findNetwork(cloud: Cloud, wanted: string): Promise<Network> {
  const url = `${await networking(cloud)}/networks?fields=id&fields=name&fields=router:external&fields=subnets`;
  return one("network", wanted, await readPages(cloud, url, "networks", networkSchema));
}

/** Every project has one that is called `default`, and an administrator sees all of them: a name is of the own project first. */
export async function findGroup(cloud: Cloud, wanted: string): Promise<string> {
  const url = `${await networking(cloud)}/security-groups?fields=id&fields=name&fields=project_id&fields=tenant_id`;
  const groups = await readPages(cloud, url, "security_groups", groupSchema);
  const { project } = await cloud.token();
  const own = groups.filter(
    ({ name, project_id: of, tenant_id: before }) => name === wanted && (of ?? before) === project?.id,
  );
  return one("security group", wanted, own.length > 0 ? own : groups).id;
}

const zonesSchema = z.object({
  availabilityZoneInfo: z.array(z.object({ zoneName: z.string(), zoneState: z.object({ available: z.boolean() }) })),
});

/** @throws UserError where there is no such zone, or none that takes instances */
export async function findZone(cloud: Cloud, wanted: string): Promise<void> {
  const { availabilityZoneInfo: all } = await cloud.read(
    zonesSchema,
    `${await cloud.endpoint("compute")}/os-availability-zone`,
  );
  const open = all.filter(({ zoneState }) => zoneState.available).map(({ zoneName }) => zoneName);
  if (open.includes(wanted)) return;
  const problem = all.some(({ zoneName }) => zoneName === wanted) ? "is not available now" : "is not there";
  throw new UserError(`availability zone "${wanted}" ${problem}; there are: ${open.sort().join(", ") || "none"}`);
}

const ruleSchema = z.object({
  direction: z.string().default("ingress"),
  ethertype: z.string().nullish(),
  security_group_id: z.string().nullish(),
  protocol: z.union([z.string(), z.number()]).nullish(),
  port_range_min: z.number().nullish(),
  port_range_max: z.number().nullish(),
  remote_group_id: z.string().nullish(),
});

/** Has the group a rule for ssh over IPv4 that is for more than the members of a group? From which addresses is not looked at. */
export async function letsSshIn(cloud: Cloud, group: string): Promise<boolean> {
  const url = `${await networking(cloud)}/security-group-rules?security_group_id=${encodeURIComponent(group)}&direction=ingress`;
  const rules = await readPages(cloud, url, "security_group_rules", ruleSchema);
  const own = rules.filter((one) => one.direction === "ingress" && (one.security_group_id ?? group) === group);
  return own.some(({ ethertype, protocol, port_range_min: least, port_range_max: most, remote_group_id: of }) => {
    const tcp = ["tcp", "6", "any"].includes(String(protocol ?? "any"));
    return tcp && ethertype !== "IPv6" && of == null && (least ?? 22) <= 22 && (most ?? 22) >= 22;
  });
}

/** By id, or the newest of a name: stock images are replaced under theirs. */
export async function findImage(cloud: Cloud, wanted: string): Promise<GlanceImage> {
  const glance = glanceOf(cloud);
  const byId = UUID.test(wanted) ? await glance.get(wanted) : undefined;
  if (byId !== undefined) return byId;
  const called = (await glance.listAll({ name: wanted })).filter(({ status }) => status === "active");
  const [newest] = called.sort((a, b) => (b.created_at ?? "").localeCompare(a.created_at ?? ""));
  if (newest !== undefined) return newest;
  throw new UserError(
    `there is no image "${wanted}" that can be used; write its name or id as \`openstack image list\` shows it`,
  );
}

const UUID = /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i;

export async function networking(cloud: Cloud): Promise<string> {
  return `${(await cloud.endpoint("network")).replace(/\/v2\.0$/, "")}/v2.0`;
}

/**
 * This project's things alone: who owns a network, or is an administrator, sees others' too, and a Neutron that does not know the
 * filter answers all that it has.
 */
export async function readOwn<T>(cloud: Cloud, list: "ports" | "floatingips", item: z.ZodType<T>): Promise<T[]> {
  const { project } = await cloud.token();
  if (project === undefined) return [];
  const url = `${await networking(cloud)}/${list}?project_id=${encodeURIComponent(project.id)}`;
  const all = await readPages(cloud, url, list, ofProject);
  const own = all.filter(({ project_id: id, tenant_id: before }) => (id ?? before) === project.id);
  return parse(z.array(item), own, `the ${list} of ${cloud.access.cloud}`);
}

/** An id is not ambiguous, a name may be. */
function one<T extends { readonly id: string; readonly name: string }>(
  what: string,
  wanted: string,
  all: readonly T[],
): T {
  const found = all.filter(({ id }) => id === wanted);
  const called = found.length > 0 ? found : all.filter(({ name }) => name === wanted);
  const [first, second] = called;
  if (first !== undefined && second === undefined) return first;
  if (second !== undefined) {
    throw new UserError(
      `${what} "${wanted}" is ambiguous: ${called.map(({ id }) => id).join(", ")}; give its id instead`,
    );
  }
  const names = all.map(({ name }) => name).sort();
  const shown = names.length > 20 ? [...names.slice(0, 20), "..."] : names;
  throw new UserError(`there is no ${what} "${wanted}"; there are: ${shown.join(", ") || "none"}`);
}
