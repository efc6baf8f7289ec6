/** VPC's instances, with their volumes and network interfaces: states over time. */
import * as z from "zod";
import { bodyOf, made, nameSchema, nothing, ok, refuseTaken, type Answer, type ApiCall } from "./call";
import { vcpus } from "./catalog";
import { referenceTo } from "./network";
import { page } from "./pages";
import { Refusal } from "./refusal";
import { PROFILES, type Entry, type World } from "./world";

const id = z.strictObject({ id: z.string() });
const named = z.strictObject({ name: z.string() });
/** Source: VPC's API reference, "List all volume profiles". */
const volumeProfile = z.strictObject({
  name: z.enum(["general-purpose", "5iops-tier", "10iops-tier", "custom", "sdp"]),
});
/** Source: IBM's guides "Block Storage for VPC profiles" and "Quotas and service limits" of VPC. */
const [LEAST_GB, MOST_BOOT_GB, MOST_DATA_GB, MOST_VOLUMES, MOST_GROUPS] = [10, 250, 16_000, 12, 5];
const volume = (mostGb: number) =>
  z.strictObject({
    ...{ name: nameSchema, capacity: z.int().min(LEAST_GB).max(mostGb).optional(), profile: volumeProfile },
    resource_group: id.optional(),
  });
const attachment = { delete_volume_on_instance_delete: z.boolean().optional() };
const prototype = z.strictObject({
  name: nameSchema,
  profile: named,
  zone: named,
  vpc: id,
  image: id,
  keys: z.array(id).optional(),
  resource_group: id.optional(),
  user_data: z
    .string()
    .max(64 * 1024)
    .optional(),
  metadata_service: z
    .strictObject({ enabled: z.boolean().optional(), protocol: z.enum(["http", "https"]).optional() })
    .optional(),
  primary_network_attachment: z.strictObject({
    name: nameSchema.optional(),
    virtual_network_interface: z.strictObject({
      ...{
        name: nameSchema,
        subnet: id,
        security_groups: z.array(id).max(MOST_GROUPS).optional(),
        auto_delete: z.boolean().optional(),
      },
      resource_group: id.optional(),
    }),
  }),
  boot_volume_attachment: z.strictObject({ volume: volume(MOST_BOOT_GB), ...attachment }).optional(),
  volume_attachments: z
    .array(z.strictObject({ name: nameSchema.optional(), volume: volume(MOST_DATA_GB), ...attachment }))
    .max(MOST_VOLUMES)
    .optional(),
});

export function instances(call: ApiCall, region: string): Answer | undefined {
  const { world, path, method, query } = call;
  const [kind, thing] = path;
  if (kind === "volumes") return volumes(call, region);
  if (kind !== "instances") return undefined;
  if (thing === undefined) {
    if (method === "POST") return create(call, region);
    const all = world.all(kind, region).filter((entry) => world.read(entry));
    const found = all.map(({ json }) => json).filter(({ name }) => (query.get("name") ?? name) === name);
    return page(call, kind, found);
  }
  const entry = world.find(kind, region, thing);
  if (method === "GET") return ok(entry.json);
  if (method !== "DELETE") throw new Refusal(405, "method_not_allowed", "no such method");
  entry.json["status"] = "deleting";
  Object.assign(entry, { pending: world.pendingReads, arrive: () => gone(world, entry) });
  return nothing;
}

function create(call: ApiCall, region: string): Answer {
  const { world } = call;
  const asked = bodyOf(prototype, call);
  refuseTaken(world, "instances", region, asked.name);
  const profile = PROFILES.find(({ name }) => name === asked.profile.name);
  if (profile === undefined) throw new Refusal(400, "bad_field", "The profile does not exist", "profile.name");
  const image = world.find("images", region, asked.image.id).json;
  const { architecture } = image["operating_system"] as { architecture: string };
  if (architecture !== profile.architecture) {
    throw new Refusal(
      400,
      "bad_field",
      `The image is for ${architecture}, the profile for ${profile.architecture}`,
      "image",
    );
  }
  // One that is deprecated can still be used: it is obsolete ones that can't.
  if (image["status"] !== "available" && image["status"] !== "deprecated")
    throw new Refusal(400, "bad_field", "The image is not available", "image");
  const vni = asked.primary_network_attachment.virtual_network_interface;
  const subnet = world.find("subnets", region, vni.subnet.id).json;
  if ((subnet["zone"] as { name: string }).name !== asked.zone.name) {
    throw new Refusal(400, "bad_field", "The subnet is in another zone", "primary_network_attachment");
  }
  const inVpc = ({ json }: Entry): boolean => (json["vpc"] as { id: string }).id === asked.vpc.id;
  world.find("vpcs", region, asked.vpc.id);
  const groups = (vni.security_groups ?? []).map((group) => world.find("security_groups", region, group.id));
  if (![world.find("subnets", region, vni.subnet.id), ...groups].every(inVpc))
    throw new Refusal(400, "bad_field", "Subnet and security groups must be in the VPC", "primary_network_attachment");
  for (const key of asked.keys ?? []) world.find("keys", region, key.id);
  if (world.all("instances", region).length >= world.instanceQuota) {
    throw new Refusal(400, "over_quota", "The quota of instances in the region is reached");
  }
  const group = world.group(asked.resource_group);
  const volumesAsked = [
    ...(asked.boot_volume_attachment === undefined ? [] : [asked.boot_volume_attachment]),
    ...(asked.volume_attachments ?? []),
  ];
  if (new Set(volumesAsked.map((one) => one.volume.name)).size < volumesAsked.length)
    throw new Refusal(400, "validation_unique_failed", "Names of volumes are not unique", "volume_attachments");
  for (const one of volumesAsked) refuseTaken(world, "volumes", region, one.volume.name);
  const attached = volumesAsked.map(
    ({ volume: { name, capacity = 100, resource_group: owner }, delete_volume_on_instance_delete: goes }, index) => {
      const fields = { status: "available", capacity, goes: goes ?? index === 0 };
      // One without a group of its own is in the account's default, whatever the instance's is.
      const entry = world.add("volumes", region, name, fields, world.group(owner));
      return { id: `${entry.json.id}-a`, device: { id: `${entry.json.id}-device` }, volume: referenceTo(entry) };
    },
  );
  const address = world.addresses.private(world.all("instances", region).length);
  const fields = {
    ...{ lifecycle_state: "stable", zone: asked.zone, security_groups: vni.security_groups ?? [] },
    ...{ primary_ip: { address }, goes: vni.auto_delete ?? false },
  };
  const nic = world.add("virtual_network_interfaces", region, vni.name, fields, world.group(vni.resource_group));
  const entry = world.add(
    "instances",
    region,
    asked.name,
    {
      ...{
        status: "pending",
        status_reasons: [],
        zone: asked.zone,
        profile: asked.profile,
        image: asked.image,
        vcpu: { architecture, count: vcpus(profile.name), manufacturer: "intel" },
        user_data: asked.user_data,
      },
      primary_network_attachment: {
        ...{ id: `${nic.json.id}-a`, virtual_network_interface: referenceTo(nic), primary_ip: { address } },
      },
      volume_attachments: attached,
      ...(asked.boot_volume_attachment && { boot_volume_attachment: attached[0] }),
    },
    group,
  );
  world.begin(entry, () => start(world, entry));
  return made(entry.json);
}

function start(world: World, entry: Entry): void {
  const problem = world.behind?.runs(entry);
  const failed = { status: "failed", status_reasons: [{ code: "cannot_start", message: problem }] };
  Object.assign(entry.json, problem === undefined ? { status: "running" } : failed);
}

/** Its volumes and interface go with it where that was asked for; floating IPs are bound to nothing then. */
function gone(world: World, entry: Entry): void {
  world.end(entry);
  const { primary_network_attachment: attachment, volume_attachments: volumes } = entry.json as unknown as {
    primary_network_attachment: { virtual_network_interface: { id: string } };
    volume_attachments: { volume: { id: string } }[];
  };
  const nic = attachment.virtual_network_interface.id;
  for (const id of [nic, ...volumes.map(({ volume }) => volume.id)]) {
    const thing = world.entries.get(id);
    if (thing?.json["goes"] === true) world.end(thing);
  }
  for (const { json } of world.all("floating_ips", entry.region)) {
    if ((json["target"] as { id?: string } | undefined)?.id === nic) delete json["target"];
  }
}

function volumes(call: ApiCall, region: string): Answer {
  const { world, path, method, query } = call;
  const [kind = "", thing] = path;
  if (thing === undefined) {
    const all = world.all(kind, region).map(({ json }) => json);
    return page(
      call,
      kind,
      all.filter(({ name }) => (query.get("name") ?? name) === name),
    );
  }
  const entry = world.find(kind, region, thing);
  if (method === "GET") return ok(entry.json);
  if (method !== "DELETE") throw new Refusal(405, "method_not_allowed", "no such method");
  const used = world
    .all("instances", region)
    .some(({ json }) => JSON.stringify(json["volume_attachments"]).includes(thing));
  if (used) throw new Refusal(409, "volume_in_use", "The volume is attached");
  world.end(entry);
  return nothing;
}
