/** Settings of platform openstack: instances of Nova as workers, images of Glance, booted by Nova. */
import * as z from "zod";
import { OWNER_TAG, PROVENANCE_TAG, RESOURCE_TAG } from "../../provider/owner";
import { arch, count, distinct, lifetimeMinutes, notBoth, text, textLike, WHENEVER } from "../fields";
import { jumpHost } from "../jump-host";
import { DISK_MARK, SUM_MARK } from "./provider/marks";

const noSecret = (url: string): boolean => !/^\w+:\/\/[^/]*@/.test(url);
const IN_STATE = "holds a user or a password, which would be in the state";

/** Which cloud, and as whom: the same for workers and targets. */
const cloud = {
  /** Entry of clouds.yaml, which holds the credentials. */
  cloud: text("name the entry of clouds.yaml"),
  /** Keystone's address, instead of the one in clouds.yaml. */
  authUrl: z
    .url({ protocol: /^https?$/, error: "is not an address; write e.g. https://cloud.example.org:5000/v3" })
    .refine(noSecret, { error: `${IN_STATE}; they belong into clouds.yaml` })
    .exactOptional(),
  /** Instead of the one in clouds.yaml. */
  region: text("name the region").exactOptional(),
  /** Project (tenant), instead of the one in clouds.yaml. */
  project: text("name the project").exactOptional(),
};

const machine = {
  flavor: text("name the flavor"),
  /** Network that the instance is put on. */
  network: text("name the network"),
  /** Security groups that let ssh in. @default [default] */
  securityGroups: z.array(text("name the security group")).default(["default"]),
  /** Network to take a floating IP from. @default none: the network is reached directly */
  floatingNetwork: text("name the external network").exactOptional(),
  /** What ssh to its address in that network goes through. @default nothing */
  jumpHost: jumpHost.exactOptional(),
  /** Availability zone of Nova. @default Nova's choice */
  availabilityZone: text("name the availability zone").exactOptional(),
};

const oneAddress = notBoth(
  "floatingNetwork",
  "jumpHost",
  "is for machines that ssh reaches by themselves, and jumpHost for those without a floating IP",
);

const workerFields = z.strictObject({
  platform: z.literal("openstack"),
  ...cloud,
  ...machine,
  /** Stock image to start from: name or id in Glance. */
  image: text("name the stock image"),
  /**
   * Least size of the root disk, GiB, which holds /var/lib/containers too: the flavor has it, or a volume of this size is made
   * where the flavor has no disk. @default 40
   */
  diskGib: count().default(40),
  /** @default 180 */
  lifetimeMinutes,
});
export const openstackWorker = workerFields.check(oneAddress);
export type OpenstackWorker = z.output<typeof openstackWorker>;

/** Glance takes any text for a member, and then nobody sees the image. */
const projectId = textLike(
  /^[0-9a-f]{32}$/,
  "write the id that `openstack project show NAME` has",
  "the id of a project, which is 32 hex digits",
);

const OURS: readonly string[] = [OWNER_TAG, RESOURCE_TAG, DISK_MARK, SUM_MARK, PROVENANCE_TAG];

/** What Glance itself has of an image: fields, which it refuses as properties, or keeps to itself. Source: its `/v2/schemas/image`. */
const GLANCES: readonly string[] = [
  ...[
    "id",
    "name",
    "status",
    "visibility",
    "protected",
    "owner",
    "tags",
    "disk_format",
    "container_format",
    "min_disk",
  ],
  ...["min_ram", "size", "virtual_size", "checksum", "os_hash_algo", "os_hash_value", "os_hidden", "created_at"],
  ...["updated_at", "self", "file", "schema", "locations", "direct_url", "stores"],
];

const properties = z.record(
  z
    .string()
    .min(1)
    .max(255)
    .refine((name) => !OURS.includes(name), { error: "is set by this program; leave it out" })
    .refine((name) => !GLANCES.includes(name) && !name.startsWith("os_glance"), {
      error: "is Glance's own field of an image and no property; leave it out",
    }),
  z.string(),
);

const boot = z.strictObject(machine).check(oneAddress);
export type OpenstackBoot = z.output<typeof boot>;

const common = {
  ...cloud,
  /** Who sees the images. @default private */
  visibility: z.enum(["private", "shared", "community", "public"]).default("private"),
  /** Ids of projects that a shared image is offered to; each accepts it by itself. */
  members: distinct(z.array(projectId)).default([]),
  /** Properties of the images, e.g. `hw_machine_type: q35`, beside `architecture` and the firmware that it needs. */
  properties: properties.default({}),
  /** The same of one architecture alone, above those of all, e.g. `aarch64: { hw_machine_type: virt }`. */
  architectureProperties: z.partialRecord(arch, properties).default({}),
  /** Nobody deletes the images by mistake; this program still does when their time has come. @default false */
  protected: z.boolean().default(false),
  /**
   * Who puts a new disk into Glance: the worker that builds it, where the cloud can let it do that and nothing else, or this
   * machine, from the store. What the worker can't send comes from the store. @default worker
   */
  diskFrom: z.enum(["worker", "store"]).exactOptional(),
  /** What the worker sends: raw as Ceph wants it, or compressed qcow2. From the store it is raw. @default raw */
  diskFormat: z.enum(["raw", "qcow2"]).exactOptional(),
  /** Glance as workers reach it, without the version. @default its address in the catalog, or in clouds.yaml */
  endpointForWorkers: z
    .url({ protocol: /^https?$/, error: "is not an address; write e.g. https://image.example.org:9292" })
    .refine(noSecret, { error: `${IN_STATE}; leave it out, a worker is given a token` })
    .refine((url) => !/[?#]/.test(url), { error: "has a ? or a #; write the address alone, paths are added to it" })
    .exactOptional(),
  /** The throw-away instance of a boot check. */
  boot,
};

const target = z.strictObject({ platform: z.literal("openstack"), ...common });

export const openstackTarget = target.check(
  z.superRefine((value, context) => {
    const { members = [], visibility } = value as Partial<OpenstackTarget>;
    if (members.length === 0 || visibility === "shared") return;
    const message = `is for images that are shared, and visibility is ${visibility ?? "private"}; write visibility: shared`;
    context.addIssue({ code: "custom", path: ["members"], message });
  }, WHENEVER),
);
export type OpenstackTarget = z.output<typeof target>;

/** The one place that the target has. */
export const openstackPlace = target;
export type OpenstackPlace = z.output<typeof openstackPlace>;

export function openstackPlaces(target: OpenstackTarget): OpenstackPlace[] {
  return [target];
}
