/** OpenStack: instances of Nova as workers, images of Glance, boots of them. */
import { definePlatform } from "../define";
import { jumpHostAt } from "../jump-host";
import { ARCHITECTURES } from "../words";
import { openstackForm } from "./form";
import { policyView } from "./policy-view";
import { openstackPlace, openstackPlaces, openstackTarget, openstackWorker } from "./settings";

export const openstack = definePlatform({
  name: "openstack",
  workers: {
    schema: () => openstackWorker,
    architectures: ARCHITECTURES,
    type: ({ flavor }) => flavor,
    at: jumpHostAt,
    jumpHost: ({ jumpHost }) => jumpHost,
  },
  images: {
    target: () => openstackTarget,
    place: openstackPlace,
    architectures: ARCHITECTURES,
    places: openstackPlaces,
    path: () => [],
    placeName: ({ region, cloud }) => region ?? cloud,
    address: ({ cloud, authUrl, region, project }) => JSON.stringify([cloud, authUrl, region, project]),
    bootedIn: ({ cloud, authUrl, region, project, properties, architectureProperties, boot }, arch) => ({
      ...{ cloud, authUrl, region, project, properties: { ...properties, ...architectureProperties[arch] } },
      flavor: boot.flavor,
    }),
    at: ({ boot, ...place }, folder) => ({ ...place, boot: jumpHostAt(boot, folder) }),
    jumpHost: ({ boot: { jumpHost } }) => (jumpHost === undefined ? undefined : { path: "boot.jumpHost", jumpHost }),
    form: openstackForm,
    // `resalloc-openstack-new --image ID` (fedora-infra/ansible, templates/resalloc/osuosl-vm.j2, and new/arg_parser.py of
    // praiskup/resalloc-openstack, which knows no `--image-uuid`)
    argument: (id) => `--image ${id}`,
    kept: { what: "OpenStack images", basis: "no list price known" },
  },
  policyView,
  parts: async () => (await import("./parts.ts")).parts,
  room: async () => (await import("./provider/room.ts")).room,
});
