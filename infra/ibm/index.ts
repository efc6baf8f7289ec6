/** IBM Cloud VPC: instances as workers, custom images, boots of them. */
import { definePlatform } from "../define";
import { jumpHostAt } from "../jump-host";
import { bootProfile, endOf, IBM_ARCHITECTURES } from "./arch";
import { ibmForm } from "./form";
import { policyView } from "./policy-view";
import { ibmPlace, ibmPlaces, ibmTarget, ibmWorker } from "./settings";

export const ibm = definePlatform({
  name: "ibm",
  workers: {
    schema: ibmWorker,
    architectures: IBM_ARCHITECTURES,
    type: ({ profile }) => profile,
    scratchGib: ({ scratchGib }) => scratchGib,
    placeName: ({ region }) => region,
    at: jumpHostAt,
    jumpHost: ({ jumpHost }) => jumpHost,
    egress: ({ egress }) => egress,
  },
  images: {
    target: ibmTarget,
    place: ibmPlace,
    architectures: IBM_ARCHITECTURES,
    places: ibmPlaces,
    path: (index) => ["regions", index],
    placeName: ({ region }) => region,
    address: ({ region }) => region,
    output: ({ output }) => output,
    bootedIn: ({ region, boot }, arch) => ({ region, profile: bootProfile({ boot }, arch) }),
    at: ({ boot, ...place }, folder) => ({ ...place, boot: jumpHostAt(boot, folder) }),
    jumpHost: ({ boot: { jumpHost } }) => (jumpHost === undefined ? undefined : { path: "boot.jumpHost", jumpHost }),
    form: ibmForm,
    // `resalloc-ibm-cloud-vm create NAME --image-uuid ID` (argparsers.py of fedora-copr/resalloc-ibm-cloud)
    argument: (id) => `--image-uuid ${id}`,
    // IBM publishes the prices of custom images only in its catalogue, behind a login.
    kept: { what: "IBM Cloud images", basis: "no list price known" },
  },
  end: endOf,
  policyView,
  parts: async () => (await import("./parts.ts")).parts,
  room: async () => (await import("./provider/room.ts")).room,
});
