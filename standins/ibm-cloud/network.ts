/** VPC's keys, security groups and floating IPs. */
import * as z from "zod";
import { bodyOf, made, nameSchema, nothing, ok, refuseTaken, type Answer, type ApiCall } from "./call";
import { page } from "./pages";
import { Refusal } from "./refusal";
import type { Entry, World } from "./world";

const id = z.strictObject({ id: z.string() });
const group = { resource_group: id.optional() };
const key = z.strictObject({
  name: nameSchema,
  public_key: z.string(),
  type: z.enum(["rsa", "ed25519"]).optional(),
  ...group,
});
const port = z.int().min(1).max(65_535);
const everyRule = {
  direction: z.enum(["inbound", "outbound"]),
  ip_version: z.literal("ipv4").optional(),
  remote: z.union([z.strictObject({ cidr_block: z.cidrv4() }), z.strictObject({ address: z.ipv4() })]).optional(),
};
/** Since 2025-12-09 `all` is no protocol any more. Ports are those of TCP and UDP. */
const rule = z.union([
  z.strictObject({ ...everyRule, protocol: z.enum(["any", "icmp_tcp_udp", "icmp"]) }),
  z
    .strictObject({
      ...everyRule,
      protocol: z.enum(["tcp", "udp"]),
      port_min: port.optional(),
      port_max: port.optional(),
    })
    .refine(({ port_min: least = 1, port_max: most = 65_535 }) => least <= most, "port_min is above port_max"),
]);
/** Source: IBM's guide "Quotas and service limits" of VPC. */
const MOST_RULES = 250;
const securityGroup = z.strictObject({
  ...{ name: nameSchema, vpc: id, rules: z.array(rule).max(MOST_RULES, "over_quota").optional(), ...group },
});
const floatingIp = z.union([
  z.strictObject({ name: nameSchema, zone: z.strictObject({ name: z.string() }), ...group }),
  z.strictObject({ name: nameSchema, target: id, ...group }),
]);

const MOST_IN_ZONE = 40;

export function network(call: ApiCall, region: string): Answer | undefined {
  const { world, path, method } = call;
  const [kind = "", thing] = path;
  if (kind === "virtual_network_interfaces") return interfaces(call, region);
  if (!["keys", "security_groups", "floating_ips"].includes(kind)) return undefined;
  if (thing === undefined) {
    if (method === "POST") return create(call, region, kind);
    const all = world.all(kind, region).filter((entry) => world.read(entry));
    return page(
      call,
      kind,
      all.map(({ json }) => json),
    );
  }
  const entry = world.find(kind, region, thing);
  if (method === "GET") return ok(entry.json);
  if (method !== "DELETE") throw new Refusal(405, "method_not_allowed", "no such method");
  if (kind === "security_groups" && usesGroup(world, region, entry)) {
    throw new Refusal(409, "security_group_in_use", "The security group has targets");
  }
  world.end(entry);
  return nothing;
}

function usesGroup(world: World, region: string, { json }: Entry): boolean {
  return world
    .all("virtual_network_interfaces", region)
    .some((one) => (one.json["security_groups"] as { id: string }[]).some((used) => used.id === json.id));
}

function create(call: ApiCall, region: string, kind: string): Answer {
  const { world } = call;
  switch (kind) {
    case "keys": {
      const { name, public_key: text, resource_group: owner } = bodyOf(key, call);
      refuseTaken(world, kind, region, name);
      if (world.all(kind, region).some(({ json }) => json["public_key"] === text)) {
        throw new Refusal(400, "validation_unique_failed", "The public key is not unique", "public_key");
      }
      return made(world.add(kind, region, name, { public_key: text }, world.group(owner)).json);
    }
    case "security_groups": {
      const { name, vpc, rules = [], resource_group: owner } = bodyOf(securityGroup, call);
      const of = world.find("vpcs", region, vpc.id).json;
      // Names of groups are unique in their VPC alone.
      const inVpc = world.all(kind, region).filter(({ json }) => (json["vpc"] as { id: string }).id === of.id);
      if (inVpc.some(({ json }) => json.name === name))
        throw new Refusal(400, "validation_unique_failed", `Provided Name (${name}) is not unique`, "name");
      const fields = { vpc: { id: of.id, name: of.name }, rules, targets: [] };
      return made(world.add(kind, region, name, fields, world.group(owner)).json);
    }
    default: {
      const asked = bodyOf(floatingIp, call);
      refuseTaken(world, kind, region, asked.name);
      const target = "target" in asked ? world.find("virtual_network_interfaces", region, asked.target.id) : undefined;
      const zone = "zone" in asked ? asked.zone : (target?.json["zone"] as { name: string });
      if (!world.zones(region).includes(zone.name))
        throw new Refusal(400, "bad_field", `there is no zone ${zone.name}`, "zone.name");
      if (target !== undefined && floatingIpOf(world, target) !== undefined)
        throw new Refusal(409, "floating_ip_in_use", "The interface has a floating IP already", "target");
      const inZone = world
        .all(kind, region)
        .filter(({ json }) => (json["zone"] as { name: string }).name === zone.name);
      if (inZone.length >= MOST_IN_ZONE)
        throw new Refusal(400, "over_quota", "floating IPs of the zone are at the quota");
      const address = world.addresses.public(world.all(kind, region).length);
      const fields = { address, status: "available", zone, ...(target && { target: referenceTo(target) }) };
      return made(world.add(kind, region, asked.name, fields, world.group(asked.resource_group)).json);
    }
  }
}

function interfaces(call: ApiCall, region: string): Answer {
  const { world, path, method } = call;
  const [kind = "", thing, sub, ip] = path;
  if (thing === undefined)
    return page(
      call,
      kind,
      world.all(kind, region).map(({ json }) => json),
    );
  const entry = world.find(kind, region, thing);
  if (sub === undefined && method === "GET") return ok(entry.json);
  if (sub === undefined && method === "DELETE") {
    const used = world.all("instances", region).some(({ json }) => JSON.stringify(json).includes(entry.json.id));
    if (used) throw new Refusal(409, "virtual_network_interface_in_use", "The interface is attached");
    world.end(entry);
    return nothing;
  }
  if (sub !== "floating_ips" || ip === undefined) throw new Refusal(404, "not_found", "there is no such path");
  const { json } = world.find("floating_ips", region, ip);
  const { id: bound } = (json["target"] ?? {}) as { id?: string };
  if (method === "DELETE") {
    if (bound !== entry.json.id) throw new Refusal(404, "not_found", "the floating IP is not bound to it");
    delete json["target"];
    return nothing;
  }
  if (method !== "PUT") throw new Refusal(405, "method_not_allowed", "no such method");
  if ((json["zone"] as { name: string }).name !== (entry.json["zone"] as { name: string }).name) {
    throw new Refusal(400, "bad_field", "The floating IP is in another zone");
  }
  const other = floatingIpOf(world, entry);
  if (other !== undefined && other.json.id !== ip)
    throw new Refusal(409, "floating_ip_in_use", "The interface has a floating IP already");
  if (bound !== undefined && bound !== entry.json.id)
    throw new Refusal(409, "floating_ip_in_use", "The floating IP is bound");
  json["target"] = referenceTo(entry);
  return ok(json);
}

/** An interface that translates addresses has one at most. */
function floatingIpOf(world: World, { region, json: { id: of } }: Entry): Entry | undefined {
  return world
    .all("floating_ips", region)
    .find(({ json }) => (json["target"] as { id?: string } | undefined)?.id === of);
}

export function referenceTo({ json }: Entry): object {
  return { id: json.id, name: json.name, crn: json.crn };
}
