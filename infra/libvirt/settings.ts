/** Settings of platform libvirt: workers and hypervisors. */
import * as z from "zod";
import { arch, count, lifetimeMinutes, text, uniqueBy, type Environment } from "../fields";
import { libvirtUriProblem, parseLibvirtUri } from "./provider/image/uri";

const checkedUri = text("name the hypervisor, e.g. qemu:///system, or set LIBVIRT_DEFAULT_URI").superRefine(
  (uri, context) => {
    const problem = uri === "" ? undefined : libvirtUriProblem(uri);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  },
);

/** Where no URI is written, libvirt's own variable says which; it is checked like a written one. */
function uri({ LIBVIRT_DEFAULT_URI: found }: Environment) {
  return found ? checkedUri.prefault(found) : checkedUri;
}

const pool = text("name the libvirt storage pool");

/** How a guest reaches the network, and how it is reached over ssh. */
const network = z.discriminatedUnion("mode", [
  /** qemu's user-mode network: needs no set-up; ssh through a port of the hypervisor's loopback. */
  z.strictObject({ mode: z.literal("user") }),
  /** A libvirt network. */
  z.strictObject({ mode: z.literal("network"), name: text("name the libvirt network, e.g. default") }),
  /** A bridge of the hypervisor. */
  z.strictObject({ mode: z.literal("bridge"), name: text("name the bridge, e.g. br0") }),
]);
export type LibvirtNetwork = z.output<typeof network>;

export const NETWORK_REMEDY =
  "give {mode: network, name: NAME}, a libvirt network there, or {mode: bridge, name: NAME}, both within reach of this machine";

/** Why guests of this hypervisor can't be reached so. */
export function networkProblem({ mode }: LibvirtNetwork, uri: string): string | undefined {
  const { host } = parseLibvirtUri(uri);
  return mode !== "user" || host === undefined
    ? undefined
    : `mode user leads to guests from ${host.name} alone: it is for a hypervisor on this machine`;
}

export const libvirtWorker = (env: Environment) =>
  z.strictObject({
    platform: z.literal("libvirt"),
    /** Hypervisor. @default LIBVIRT_DEFAULT_URI */
    uri: uri(env),
    /** Storage pool for the worker's own volumes. */
    pool,
    /** Stock distribution image to start from: a volume on the same hypervisor. */
    base: z.strictObject({
      /** Its pool. @default the worker's pool */
      pool: pool.exactOptional(),
      volume: text("name the volume with the stock image"),
    }),
    /** @default 2 */
    vcpus: count().default(2),
    /** MiB. @default 4096 */
    memoryMib: count(256).default(4096),
    /** Root disk, GiB. @default 20 */
    diskGib: count().default(20),
    /** Volume for /var/lib/containers, GiB. @default 40 */
    scratchGib: count().default(40),
    network,
    /** @default 180 */
    lifetimeMinutes,
  });
export type LibvirtWorker = z.output<ReturnType<typeof libvirtWorker>>;

const NO_BOOT = {};

/** The throw-away guest of a boot check. */
const boot = z.strictObject({
  /** @default 1 */
  vcpus: count().default(1),
  /** MiB. @default 2048 */
  memoryMib: count(256).default(2048),
  /** @default {mode: user} */
  network: network.default({ mode: "user" }),
});

const hostName = text("name the hypervisor").regex(/^[A-Za-z0-9][A-Za-z0-9.-]*$/, {
  error: "has other characters than letters, digits, `.` and `-`; use a host name",
});

const pulls = z.strictObject({
  /** That one hypervisor pulls at once. @default 2 */
  perHost: count().exactOptional(),
  /** That are pulled from the store at once, by all hypervisors together. @default 8 */
  perStore: count().exactOptional(),
});

export const libvirtTarget = (env: Environment) =>
  z.strictObject({
    platform: z.literal("libvirt"),
    /** How many images are pulled at once. */
    pulls: pulls.exactOptional(),
    /** Hypervisors; each gets the images of its architecture, under the same volume name. */
    hosts: uniqueBy(
      z
        .array(
          z.strictObject({
            /** Short name, part of resource names; unique in the target. */
            name: hostName,
            /** The architecture of its guests. */
            arch,
            /** @default LIBVIRT_DEFAULT_URI */
            uri: uri(env),
            /** Storage pool that images are published to. */
            pool,
            boot: boot.prefault(NO_BOOT),
          }),
        )
        .min(1),
      "name",
    ),
  });
export type LibvirtTarget = z.output<ReturnType<typeof libvirtTarget>>;

/** One hypervisor, complete: what a generation in the ledger keeps. */
export const libvirtPlace = z.strictObject({
  platform: z.literal("libvirt"),
  host: z.string(),
  arch,
  uri: z.string(),
  pool: z.string(),
  boot: z.strictObject({ vcpus: z.int(), memoryMib: z.int(), network }),
  pulls: pulls.exactOptional(),
});
export type LibvirtPlace = z.output<typeof libvirtPlace>;

export function libvirtPlaces({ hosts, pulls }: LibvirtTarget): LibvirtPlace[] {
  const bound = pulls === undefined ? {} : { pulls };
  return hosts.map(({ name, ...host }) => ({ platform: "libvirt", host: name, ...host, ...bound }));
}
