/** Settings of platform openstack: Nova instances as workers, Glance images as images. */
import * as z from "zod";
import { count, lifetimeMinutes, text } from "../fields";

/** Which cloud, and as whom: the same for workers and targets. */
const cloud = {
  /** Entry of clouds.yaml, which holds the credentials. */
  cloud: text("name the entry of clouds.yaml"),
  /** Keystone's address, instead of the one in clouds.yaml. */
  authUrl: z
    .url({ protocol: /^https?$/, error: "is not an address; write e.g. https://cloud.example.org:5000/v3" })
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
};

export const openstackWorker = z.strictObject({
  platform: z.literal("openstack"),
  ...cloud,
  ...machine,
  /** Stock image to start from: name or id in Glance. */
  image: text("name the stock image"),
  /** User that the stock image lets in. */
  user: text("name the user of the stock image, e.g. fedora"),
  /** Volume for /var/lib/containers, GiB. @default 40 */
  scratchGib: count().default(40),
  /** @default 180 */
  lifetimeMinutes,
});
export type OpenstackWorker = z.output<typeof openstackWorker>;

const common = {
  ...cloud,
  /** Who sees the images. @default private */
  visibility: z.enum(["private", "shared", "community", "public"]).default("private"),
  /** Projects that a shared image is offered to. */
  members: z.array(text("name the project")).default([]),
  /** Image properties, e.g. `hw_firmware_type: uefi`. */
  properties: z.record(z.string(), z.string()).default({}),
  /** The throw-away instance of a boot check. */
  boot: z.strictObject(machine),
};

export const openstackTarget = z.strictObject({ platform: z.literal("openstack"), ...common });
export type OpenstackTarget = z.output<typeof openstackTarget>;

/** The one place that the target has. */
export const openstackPlace = openstackTarget;
export type OpenstackPlace = z.output<typeof openstackPlace>;

export function openstackPlaces(target: OpenstackTarget): OpenstackPlace[] {
  return [target];
}
