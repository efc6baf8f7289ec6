/** libvirt hypervisors, here and over ssh: workers, images as raw volumes, boots. */
import { definePlatform } from "../define";
import { ARCHITECTURES } from "../words";
import { policyView } from "./policy-view";
import { libvirtPlace, libvirtPlaces, libvirtTarget, libvirtWorker } from "./settings";

export const libvirt = definePlatform({
  name: "libvirt",
  workers: {
    schema: libvirtWorker,
    architectures: ARCHITECTURES,
    type: ({ vcpus, memoryMib }) => `${vcpus} vCPU, ${memoryMib} MiB`,
    scratchGib: ({ scratchGib }) => scratchGib,
    price: () => ({ kind: "own" }),
  },
  images: {
    target: libvirtTarget,
    place: libvirtPlace,
    architectures: ARCHITECTURES,
    places: libvirtPlaces,
    path: (index) => ["hosts", index],
    placeName: ({ host }) => host,
    address: ({ uri, pool }) => `${uri} ${pool}`,
    arch: ({ arch }) => arch,
    sharesIds: true,
    // Resources are named by machine and pool: another spelling of the URI is no other place.
    bootedIn: () => ({}),
    // `libvirt-new` takes no argument for it: the name is rendered into its table `VOLUMES` (fedora-infra/ansible,
    // roles/copr/backend, templates/provision/libvirt-new), so it stands by itself.
    argument: (id) => id,
    kept: { what: "volumes on hypervisors", gibMonthUsd: 0, basis: "hypervisors of one's own" },
  },
  // Reads the volume that it has just written, and waits for ever where the answers cross: dmacvicar/terraform-provider-libvirt#594.
  quickTypes: ["libvirt:index/cloudInitDisk:CloudInitDisk"],
  policyView,
  parts: async () => (await import("./parts.ts")).parts,
  room: async () => (await import("./provider/room.ts")).room,
});
