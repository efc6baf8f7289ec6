/** Workers, targets and places of all platforms, told apart by `platform`: plain data, from settings to ledger. */
import * as z from "zod";
import { isAwsArch } from "./aws/arch";
import { awsPlace, awsPlaces, awsTarget, awsWorker } from "./aws/settings";
import { ownTags } from "./aws/tags";
import { BUILD_TAG } from "../provider/owner";
import type { SettingsDefaults } from "./fields";
import { ibmPlace, ibmPlaces, ibmTarget, ibmWorker } from "./ibm/settings";
import { libvirtPlace, libvirtPlaces, libvirtTarget, libvirtWorker } from "./libvirt/settings";
import { openstackPlace, openstackPlaces, openstackTarget, openstackWorker } from "./openstack/settings";
import { sshWorker } from "./ssh/settings";
import { assertNever, type Arch } from "./words";

export type { SettingsDefaults } from "./fields";

/** A temporary machine that builds for one architecture. */
export const workerSchema = (defaults: SettingsDefaults) =>
  z.discriminatedUnion("platform", [
    awsWorker(defaults),
    ibmWorker,
    libvirtWorker(defaults),
    openstackWorker,
    sshWorker,
  ]);
export type WorkerSpec = z.output<ReturnType<typeof workerSchema>>;

/** What kind of machine a worker is, as its platform names it: what its time costs depends on it. */
export function workerType(worker: WorkerSpec): string {
  switch (worker.platform) {
    case "aws":
      return worker.spot ? `${worker.instanceType} spot` : worker.instanceType;
    case "ibm":
      return worker.profile;
    case "libvirt":
      return `${worker.vcpus} vCPU, ${worker.memoryMib} MiB`;
    case "openstack":
      return worker.flavor;
    case "ssh":
      return worker.host;
    default:
      return assertNever(worker);
  }
}

/** Somewhere to publish to, as the settings describe it: one or several places. */
export const targetSchema = (defaults: SettingsDefaults) =>
  z.discriminatedUnion("platform", [awsTarget(defaults), ibmTarget, libvirtTarget(defaults), openstackTarget]);
export type TargetSettings = z.output<ReturnType<typeof targetSchema>>;

/** One single place: a region, a hypervisor, a cloud. One image of an architecture is registered in it. */
export const placeSchema = z.discriminatedUnion("platform", [awsPlace, ibmPlace, libvirtPlace, openstackPlace]);
export type PlaceSpec = z.output<typeof placeSchema>;

/** The single places of a target. */
export function places(target: TargetSettings): readonly PlaceSpec[] {
  switch (target.platform) {
    case "aws":
      return awsPlaces(target);
    case "ibm":
      return ibmPlaces(target);
    case "libvirt":
      return libvirtPlaces(target);
    case "openstack":
      return openstackPlaces(target);
    default:
      return assertNever(target);
  }
}

/** Name of a place, unique in its target: the host, the region, the cloud. */
export function placeName(place: PlaceSpec): string {
  switch (place.platform) {
    case "aws":
    case "ibm":
      return place.region;
    case "libvirt":
      return place.host;
    case "openstack":
      return place.region ?? place.cloud;
    default:
      return assertNever(place);
  }
}

/** Where a place is, as the settings write it: the same text is the same place, another text may be it too. */
export function placeAddress(place: PlaceSpec): string {
  switch (place.platform) {
    case "aws":
    case "ibm":
      return `${place.platform} ${place.region}`;
    case "libvirt":
      return `libvirt ${place.uri} ${place.pool}`;
    case "openstack":
      return `openstack ${place.cloud} ${place.region ?? ""}`;
    default:
      return assertNever(place);
  }
}

/** True if images of this architecture belong in the place: a hypervisor has one architecture, a cloud takes any. */
export function placeTakes(place: PlaceSpec, arch: Arch): boolean {
  return place.platform === "libvirt" ? place.arch === arch : true;
}

/** The key between target and architecture in the output, where the same image has another id in each place. */
export function placeOutput(place: PlaceSpec): string | undefined {
  switch (place.platform) {
    case "aws":
    case "ibm":
      return place.output;
    // Hypervisors share the name of the volume; a cloud is one place.
    case "libvirt":
    case "openstack":
      return undefined;
    default:
      return assertNever(place);
  }
}

/**
 * What a boot in a place says something about: another of these may boot what this one did, or not. Names, whom we let in,
 * tags and the size of a guest are not among them.
 */
export function bootedIn(place: PlaceSpec, arch: Arch): Readonly<Record<string, unknown>> {
  const { platform } = place;
  switch (platform) {
    case "aws":
      return {
        platform,
        region: place.region,
        instanceType: isAwsArch(arch) ? place.boot.instanceTypes[arch] : undefined,
      };
    case "ibm":
      return { platform, region: place.region, profile: place.boot.profile };
    case "libvirt":
      // The resource is named by machine and pool: another spelling of the URI is no other place.
      return { platform };
    case "openstack": {
      const { cloud, authUrl, region, project, properties } = place;
      return { platform, cloud, authUrl, region, project, properties, flavor: place.boot.flavor };
    }
    default:
      return assertNever(place);
  }
}

/** How the images of one platform's places come about: each from the disk, or one from it and the others as its copies. */
export function disksBetween(platform: PlaceSpec["platform"]): "separate" | "copied" {
  switch (platform) {
    case "aws":
      return "copied";
    case "ibm":
    case "libvirt":
    case "openstack":
      return "separate";
    default:
      return assertNever(platform);
  }
}

/** A snapshot of the disk in a region, which the images of that region are made from. */
export interface SnapshotSpec {
  readonly region: string;
  /** Size of the volumes that are made from it, GiB. */
  readonly volumeGib: number;
  /** Role that the blocks are put with. */
  readonly role: string;
  /** EBS direct API as workers reach it, where that differs from Amazon's own. */
  readonly endpointForWorkers?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Changes when the image that is made from it has to be made again: it may be lost too. */
  readonly again?: string;
}

/** The snapshot that an image in this place is made from; undefined where it is made from the object in the store. */
export function snapshotSpec(place: PlaceSpec): SnapshotSpec | undefined {
  if (place.platform !== "aws") return undefined;
  const { region, volumeGib, uploadRole: role, endpointForWorkers, tags } = place;
  return { region, volumeGib, role, ...(endpointForWorkers === undefined ? {} : { endpointForWorkers }), tags };
}

/** Tags of a snapshot: whose it is, and what is in it. */
export function snapshotTags(
  stack: string,
  identity: string,
  arch: string,
  key: string,
  more: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...ownTags(stack, identity, `copr-builder-${arch}-${key.slice(0, 8)}`, more), arch, [BUILD_TAG]: key };
}
