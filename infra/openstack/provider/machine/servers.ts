/** Instances, ports and floating IPs of one temporary machine: all have its name, and the identity of whose it is. */
import { messageOf } from "../../../../contract/message-of";
import { z } from "zod";
import { UserError } from "../../../../contract/user-error";
import { OWNER_TAG } from "../../../../provider/owner";
import { realWait, type Wait } from "../../../../provider/wait";
import type { Cloud } from "../cloud/cloud";
import { readPages } from "../cloud/pages";
import { networking, readOwn } from "./lookups";

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
  tenant_id: z.string().optional(),
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
  const answer = await cloud.ask(`${await cloud.endpoint("compute")}/servers/${encodeURIComponent(id)}`, {
    accept: [404],
  });
  return answer.status === 404 ? undefined : serverAnswer.parse(JSON.parse(answer.text)).server;
}

export async function serversBearing(cloud: Cloud, { name, identity }: Bearing): Promise<Server[]> {
  // Nova takes a pattern for a part of the name: what it finds is held against the whole.
  const query = name === undefined ? "" : `?name=${encodeURIComponent(name.replaceAll(/[^\w-]/g, "."))}`;
  const url = `${await cloud.endpoint("compute")}/servers/detail${query}`;
  const servers = await readPages(cloud, url, "servers", serverSchema);
  const { project } = await cloud.token();
  return servers
    .filter(({ tenant_id: of = project?.id }) => of === project?.id)
    .filter((one) => one.metadata[OWNER_TAG] === identity && (name === undefined || one.name === name));
}

export async function portsBearing(cloud: Cloud, bearing: Bearing): Promise<Port[]> {
  const ports = await readOwn(cloud, "ports", portSchema);
  return ports.filter(({ description }) => isOf(description, bearing));
}

export async function floatingIpsBearing(cloud: Cloud, bearing: Bearing): Promise<FloatingIp[]> {
  const floatingips = await readOwn(cloud, "floatingips", floatingSchema);
  return floatingips.filter(({ description }) => isOf(description, bearing));
}

function isOf(description: string | null | undefined, { name, identity }: Bearing): boolean {
  if (name !== undefined) return description === describe(name, identity);
  return description?.startsWith(describe("", identity)) ?? false;
}

export async function deleteServer(cloud: Cloud, id: string): Promise<void> {
  await cloud.ask(`${await cloud.endpoint("compute")}/servers/${encodeURIComponent(id)}`, {
    method: "DELETE",
    accept: [404],
  });
}

export async function deletePort(cloud: Cloud, id: string): Promise<void> {
  await cloud.ask(`${await networking(cloud)}/ports/${encodeURIComponent(id)}`, { method: "DELETE", accept: [404] });
}

export async function deleteFloatingIp(cloud: Cloud, id: string): Promise<void> {
  await cloud.ask(`${await networking(cloud)}/floatingips/${encodeURIComponent(id)}`, {
    method: "DELETE",
    accept: [404],
  });
}

const LOOK_MS = 2_000;
const GONE_MS = 10 * 60_000;

/**
 * Ends everything of these, in the order in which it can go; what is gone is ended.
 * @param tell told how long an instance takes to end
 * @throws of all that stays: one that can't be ended holds up no other
 */
export async function sweep(
  cloud: Cloud,
  bearing: Bearing,
  wait: Wait = realWait,
  stop: AbortSignal = new AbortController().signal,
  tell: (text: string) => void = () => undefined,
): Promise<void> {
  const failed: unknown[] = [];
  const all = async <T>(things: readonly T[], end: (thing: T) => Promise<void>): Promise<void> => {
    for (const result of await Promise.allSettled(things.map(end))) {
      if (result.status === "rejected") failed.push(result.reason);
    }
    stop.throwIfAborted();
  };
  await all(await serversBearing(cloud, bearing), async ({ id, name }) => {
    await deleteServer(cloud, id);
    await serverGone(cloud, { id, name }, wait, stop, tell);
  });
  await all(await floatingIpsBearing(cloud, bearing), ({ id }) => deleteFloatingIp(cloud, id));
  await all(await portsBearing(cloud, bearing), ({ id }) => deletePort(cloud, id));
  if (failed.length > 0) throw leftBehind(failed);
}

function leftBehind(failed: readonly unknown[]): unknown {
  const [cause, ...more] = failed;
  if (more.length === 0) return cause;
  return new UserError(failed.map((error) => messageOf(error)).join("\n"));
}

/**
 * Some clouds keep what was deleted for a while, and only this ends it. Source: nova/policies/deferred_delete.py, which lets the owner do it.
 * @returns false: we may not, and the cloud does it by itself in time
 */
async function endNow(cloud: Cloud, id: string): Promise<boolean> {
  const url = `${await cloud.endpoint("compute")}/servers/${encodeURIComponent(id)}/action`;
  const asked = { method: "POST", json: { forceDelete: null }, again: true, accept: [403, 404, 409] } as const;
  return (await cloud.ask(url, asked)).status !== 403;
}

async function serverGone(
  cloud: Cloud,
  { id, name }: Pick<Server, "id" | "name">,
  wait: Wait,
  stop: AbortSignal,
  tell: (text: string) => void,
): Promise<void> {
  for (const since = wait.now(); ;) {
    const server = await getServer(cloud, id);
    if (server === undefined || server.status === "DELETED") return;
    if (server.status === "SOFT_DELETED" && !(await endNow(cloud, id))) return;
    const waited = wait.now() - since;
    if (waited > GONE_MS) {
      throw new UserError(
        `instance ${id} (${name}) is still ${server.status} ${GONE_MS / 60_000} minutes after it was deleted: ` +
          "ask the cloud's operator to end it, then run this again",
      );
    }
    tell(`instance ${id} (${name}) is ending, since ${Math.round(waited / 1000)} s`);
    await wait.sleep(LOOK_MS, stop);
  }
}
