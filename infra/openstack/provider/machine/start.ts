/** Starts a temporary machine: a port with its security groups, an instance on it, a floating IP where one is needed. */
import { z } from "zod";
import { UserError } from "../../../../contract/user-error";
import { GIB } from "../../../../contract/sizes";
import type { Call } from "../../../../provider/handler";
import { OWNER_TAG } from "../../../../provider/owner";
import type { Wait } from "../../../../provider/wait";
import type { Cloud } from "../cloud/cloud";
import { faultRemedy } from "../cloud/faults";
import type { GlanceImage } from "../cloud/glance";
import type { Args } from "./args";
import { findFlavor, findGroup, findImage, findNetwork, type Flavor, networking } from "./lookups";
import { describe, getServer, type Server } from "./servers";

export interface Started {
  readonly serverId: string;
  /** IPv4 address that ssh goes to. */
  readonly address: string;
}

const LOOK_MS = 2_000;
const ACTIVE_MS = 15 * 60_000;

/** @throws with what the instance wrote to its console, where it did not become active */
export async function startMachine(cloud: Cloud, args: Args, wait: Wait, call: Call): Promise<Started> {
  const [flavor, network, groups, image] = await Promise.all([
    findFlavor(cloud, args.flavor),
    findNetwork(cloud, args.network),
    Promise.all(args.securityGroups.map((name) => findGroup(cloud, name))),
    findImage(cloud, args.image),
  ]);
  const port = await makePort(cloud, args, network.id, groups);
  const serverId = await makeServer(cloud, args, port.id, flavor, image);
  const floating =
    args.floatingNetwork === undefined ? undefined : await makeFloatingIp(cloud, args, args.floatingNetwork, port.id);
  await becomesActive(cloud, serverId, args, wait, call);
  const address = floating ?? port.address;
  if (address === undefined)
    throw new UserError(`network "${args.network}" gave the instance no address: it has no subnet`);
  return { serverId, address };
}

const portAnswer = z.object({
  port: z.object({ id: z.string(), fixed_ips: z.array(z.object({ ip_address: z.string() })).default([]) }),
});

async function makePort(cloud: Cloud, { name, identity }: Args, networkId: string, groups: readonly string[]) {
  const json = {
    port: { network_id: networkId, name, description: describe(name, identity), security_groups: groups },
  };
  const { port } = await cloud.read(portAnswer, `${await networking(cloud)}/ports`, { method: "POST", json });
  const addresses = port.fixed_ips.map(({ ip_address: address }) => address);
  return { id: port.id, address: addresses.find((one) => !one.includes(":")) ?? addresses[0] };
}

async function makeServer(cloud: Cloud, args: Args, port: string, flavor: Flavor, image: GlanceImage): Promise<string> {
  const { name, identity, userData, diskGib, availabilityZone } = args;
  const json = {
    server: {
      ...{ name, flavorRef: flavor.id, config_drive: true, networks: [{ port }] },
      ...(availabilityZone === undefined ? {} : { availability_zone: availabilityZone }),
      metadata: { [OWNER_TAG]: identity },
      user_data: Buffer.from(userData).toString("base64"),
      ...(flavor.disk > 0 ? { imageRef: image.id } : { block_device_mapping_v2: [rootVolume(image, diskGib)] }),
    },
  };
  const answer = z.object({ server: z.object({ id: z.string() }) });
  return (await cloud.read(answer, `${await cloud.endpoint("compute")}/servers`, { method: "POST", json })).server.id;
}

/** A flavor without a disk has its root on a volume, which goes with the instance. */
function rootVolume({ id, min_disk: least, size, virtual_size: whole = size }: GlanceImage, wanted = 1) {
  return {
    ...{ boot_index: 0, uuid: id, source_type: "image", destination_type: "volume", delete_on_termination: true },
    volume_size: Math.max(least ?? 0, Math.ceil((whole ?? size ?? 0) / GIB), wanted),
  };
}

async function makeFloatingIp(cloud: Cloud, { name, identity }: Args, external: string, port: string): Promise<string> {
  const { id } = await findNetwork(cloud, external);
  const json = { floatingip: { floating_network_id: id, port_id: port, description: describe(name, identity) } };
  const answer = z.object({ floatingip: z.object({ floating_ip_address: z.string() }) });
  const made = await cloud.read(answer, `${await networking(cloud)}/floatingips`, { method: "POST", json });
  return made.floatingip.floating_ip_address;
}

async function becomesActive(cloud: Cloud, id: string, args: Args, wait: Wait, call: Call): Promise<void> {
  for (const since = wait.now(); ;) {
    const server = await getServer(cloud, id);
    if (server?.status === "ACTIVE") return;
    const waited = Math.round((wait.now() - since) / 1000);
    if (server === undefined)
      throw new Error(`instance ${id} (${args.name}) was deleted by somebody else while it started`);
    if (server.status === "ERROR" || wait.now() - since > ACTIVE_MS) throw await notActive(cloud, server, args, waited);
    call.log.status(`instance ${id} is ${server.status}, since ${waited} s`);
    await wait.sleep(LOOK_MS, call.stop);
  }
}

const CONSOLE_LINES = 30;

async function notActive(cloud: Cloud, { id, status, fault }: Server, args: Args, seconds: number): Promise<Error> {
  const why = fault === undefined ? "" : `: ${fault.message}`;
  const said = await consoleOf(cloud, id);
  return new UserError(
    [
      `instance ${id} (${args.name}, flavor ${args.flavor}) is ${status} after ${seconds} s${why}`,
      // Nova finds some limits only when it has taken an instance.
      ...[faultRemedy(why) ?? []].flat(),
      ...(said === "" ? [] : [`The end of its console:\n${said}`]),
    ].join("\n"),
  );
}

/** What it wrote last; empty where the cloud does not tell, which is not what went wrong. */
async function consoleOf(cloud: Cloud, id: string): Promise<string> {
  const json = { "os-getConsoleOutput": { length: CONSOLE_LINES } };
  try {
    const url = `${await cloud.endpoint("compute")}/servers/${encodeURIComponent(id)}/action`;
    return (await cloud.read(consoleAnswer, url, { method: "POST", json })).output?.trimEnd() ?? "";
  } catch {
    return "";
  }
}

const consoleAnswer = z.object({ output: z.string().nullish() });
