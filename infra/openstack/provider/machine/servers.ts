/** Instances, ports and floating IPs of one temporary machine: all have its name, and the identity of whose it is. */
import { z } from "zod";
import { OWNER_TAG } from "../../../../provider/owner";
import { realWait, type Wait } from "../../../../provider/wait";
import type { Cloud } from "../cloud/cloud";
import { readPages } from "../cloud/pages";
import { inProject, networking } from "./lookups";

/** Whose things, of all that there are. */
export interface Bearing {
  /** @default any */
  readonly name?: string;
  readonly identity: string;
}

const serverSchema = z.object({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  created: z.string().optional(),
  metadata: z.record(z.string(), z.string()).default({}),
  fault: z.object({ message: z.string().default(""), code: z.number().optional() }).optional(),
});
export type Server = z.output<typeof serverSchema>;
const portSchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullish(),
  fixed_ips: z.array(z.object({ ip_address: z.string() })).default([]),
});
export type Port = z.output<typeof portSchema>;
const floatingSchema = z.object({
  id: z.string(),
  floating_ip_address: z.string(),
  description: z.string().nullish(),
});
export type FloatingIp = z.output<typeof floatingSchema>;

const serverAnswer = z.object({ server: serverSchema });

/** In the description of what has no metadata. */
export function describe(name: string, identity: string): string {
  return `copr-builders ${identity} ${name}`;
}

export async function getServer(cloud: Cloud, id: string): Promise<Server | undefined> {
  const answer = await cloud.ask(`${await cloud.endpoint("compute")}/servers/${id}`, { accept: [404] });
  return answer.status === 404 ? undefined : serverAnswer.parse(JSON.parse(answer.text)).server;
}

export async function serversBearing(cloud: Cloud, { name, identity }: Bearing): Promise<Server[]> {
  // Nova takes a pattern for a part of the name: what it finds is held against the whole.
  const query = name === undefined ? "" : `?name=${encodeURIComponent(name.replaceAll(/[^\w-]/g, "."))}`;
  const url = `${await cloud.endpoint("compute")}/servers/detail${query}`;
  const servers = await readPages(cloud, url, "servers", serverSchema);
  return servers.filter((one) => one.metadata[OWNER_TAG] === identity && (name === undefined || one.name === name));
}

export async function portsBearing(cloud: Cloud, bearing: Bearing): Promise<Port[]> {
  const ports = await readPages(cloud, await inProject(cloud, "ports"), "ports", portSchema);
  return ports.filter(({ description }) => isOf(description, bearing));
}

export async function floatingIpsBearing(cloud: Cloud, bearing: Bearing): Promise<FloatingIp[]> {
  const floatingips = await readPages(cloud, await inProject(cloud, "floatingips"), "floatingips", floatingSchema);
  return floatingips.filter(({ description }) => isOf(description, bearing));
}

function isOf(description: string | null | undefined, { name, identity }: Bearing): boolean {
  if (name !== undefined) return description === describe(name, identity);
  return description?.startsWith(describe("", identity)) ?? false;
}

export async function deleteServer(cloud: Cloud, id: string): Promise<void> {
  await cloud.ask(`${await cloud.endpoint("compute")}/servers/${id}`, { method: "DELETE", accept: [404] });
}

export async function deletePort(cloud: Cloud, id: string): Promise<void> {
  await cloud.ask(`${await networking(cloud)}/ports/${id}`, { method: "DELETE", accept: [404] });
}

export async function deleteFloatingIp(cloud: Cloud, id: string): Promise<void> {
  await cloud.ask(`${await networking(cloud)}/floatingips/${id}`, { method: "DELETE", accept: [404] });
}

const LOOK_MS = 2_000;
const GONE_MS = 10 * 60_000;

/** Ends everything of these, in the order in which it can go; what is gone is ended. */
export async function sweep(
  cloud: Cloud,
  bearing: Bearing,
  wait: Wait = realWait,
  stop: AbortSignal = new AbortController().signal,
): Promise<void> {
  const servers = await serversBearing(cloud, bearing);
  await Promise.all(servers.map(({ id }) => deleteServer(cloud, id)));
  for (const { id, name } of servers) await serverGone(cloud, id, name, wait, stop);
  for (const { id } of await floatingIpsBearing(cloud, bearing)) await deleteFloatingIp(cloud, id);
  for (const { id } of await portsBearing(cloud, bearing)) await deletePort(cloud, id);
}

async function serverGone(cloud: Cloud, id: string, name: string, wait: Wait, stop: AbortSignal): Promise<void> {
  for (const until = wait.now() + GONE_MS; ;) {
    const server = await getServer(cloud, id);
    if (server === undefined || server.status === "DELETED") return;
    if (wait.now() > until) {
      throw new Error(
        `instance ${id} (${name}) is still ${server.status} ${GONE_MS / 60_000} minutes after it was deleted`,
      );
    }
    await wait.sleep(LOOK_MS, stop);
  }
}
