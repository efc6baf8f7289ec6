/** IBM Cloud VPC: its settings are known and checked; there is no code for it yet. */
import { definePlatform } from "../define";
import { ARCHITECTURES } from "../words";
import { ibmPlace, ibmPlaces, ibmTarget, ibmWorker } from "./settings";

export const ibm = definePlatform({
  name: "ibm",
  workers: {
    schema: () => ibmWorker,
    architectures: ARCHITECTURES,
    type: ({ profile }) => profile,
    scratchGib: ({ scratchGib }) => scratchGib,
    placeName: ({ region }) => region,
  },
  images: {
    target: () => ibmTarget,
    place: ibmPlace,
    architectures: ARCHITECTURES,
    places: ibmPlaces,
    path: (index) => ["regions", index],
    placeName: ({ region }) => region,
    address: ({ region }) => region,
    output: ({ output }) => output,
    bootedIn: ({ region, boot }) => ({ region, profile: boot.profile }),
    resources: [],
    // `resalloc-ibm-cloud-vm create NAME --image-uuid ID` (argparsers.py of fedora-copr/resalloc-ibm-cloud)
    argument: (id) => `--image-uuid ${id}`,
    // IBM publishes the prices of custom images only in its catalogue, behind a login.
    kept: { what: "IBM Cloud images", basis: "no list price known" },
  },
});
