/** Things of a cloud that settings call by a name or an id: flavors, images, networks, security groups. */
import { z } from "zod";
import { UserError } from "../../../../contract/user-error";
import type { Cloud } from "../cloud/cloud";
import { type GlanceImage, glanceOf } from "../cloud/glance";

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
const groupSchema = z.object(named);
export type Flavor = z.output<typeof flavorSchema>;
export type Network = z.output<typeof networkSchema>;

const flavorsPage = z.object({
  flavors: z.array(flavorSchema),
  flavors_links: z.array(z.object({ rel: z.string(), href: z.string() })).default([]),
});

/** @throws UserError that names the flavors that there are */
export async function findFlavor(cloud: Cloud, wanted: string): Promise<Flavor> {
  const flavors: Flavor[] = [];
  for (let url: string | undefined = `${await cloud.endpoint("compute")}/flavors/detail`; url !== undefined;) {
    const page: z.output<typeof flavorsPage> = await cloud.read(flavorsPage, url);
    flavors.push(...page.flavors);
    url = page.flavors_links.find(({ rel }) => rel === "next")?.href;
  }
  return one("flavor", wanted, flavors);
}

export async function findNetwork(cloud: Cloud, wanted: string): Promise<Network> {
  const { networks } = await cloud.read(
    z.object({ networks: z.array(networkSchema) }),
    `${await networking(cloud)}/networks?fields=id&fields=name&fields=router:external&fields=subnets`,
  );
  return one("network", wanted, networks);
}

export async function findGroup(cloud: Cloud, wanted: string): Promise<string> {
  const { security_groups: groups } = await cloud.read(
    z.object({ security_groups: z.array(groupSchema) }),
    `${await networking(cloud)}/security-groups?fields=id&fields=name`,
  );
  return one("security group", wanted, groups).id;
}

/** By id, or the newest of a name: stock images are replaced under theirs. */
export async function findImage(cloud: Cloud, wanted: string): Promise<GlanceImage> {
  const glance = glanceOf(cloud);
  const byId = UUID.test(wanted) ? await glance.get(wanted) : undefined;
  if (byId !== undefined) return byId;
  const called = (await glance.list({ name: wanted })).filter(({ status }) => status === "active");
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
