/** What policies read from the resources that this room declares. */
import {
  buildKey,
  lifetime,
  nothing,
  number,
  text,
  texts,
  when,
  type Facts,
  type PolicyView,
  type Props,
  type VolumeFacts,
} from "../policy-facts";
import { addressFor } from "../jump-host";
import type { IbmWorker } from "./settings";

export const policyView: PolicyView<IbmWorker> = {
  types: {
    "builders:index:IbmMachine": machine,
    "builders:index:IbmImage": image,
    "builders:index:IbmDiskGrant": nothing,
    "builders:index:IbmDiskObject": nothing,
    "builders:index:IbmDiskUpload": nothing,
    "builders:ibm:Machine": nothing,
  },
  base: ({ image: name, operatingSystem }) => ({ kind: "image", owner: "ibm", name: name ?? operatingSystem ?? "*" }),
  worker: (spec) => ({
    machine: { type: spec.profile, place: spec.region, publicAddress: addressFor(spec) === "public" },
    volumes: [{ name: "scratch", gib: spec.scratchGib }],
    ingress: [{ ports: "22", from: spec.operatorCidr }],
    lifetime: { minutes: spec.lifetimeMinutes },
  }),
};

function machine(props: Props): Facts {
  return {
    machine: {
      type: text(props["profile"]),
      place: text(props["region"]),
      // `metadata_service: {enabled: false}` is in the request, whatever the settings say.
      metadata: "none",
      credentials: "none",
      publicAddress: when(text(props["address"]), (address) => address === "public"),
    },
    volumes: [volume("root"), ...(props["scratchGib"] === undefined ? [] : [volume("scratch", props["scratchGib"])])],
    ingress: [{ ports: "22", from: text(props["operatorCidr"]) }],
    lifetime: lifetime(props["userData"]),
    tags: texts(props["tags"]),
  };
}

/** Source: IBM Cloud docs, "About block storage": every volume is encrypted, with IBM's key where no other is named. */
function volume(name: string, gib?: unknown): VolumeFacts {
  return { name, encryption: "yes", gib: number(gib) };
}

function image(props: Props): Facts {
  return {
    image: {
      name: text(props["name"]),
      says: { operatingSystem: text(props["operatingSystem"]) },
      // Of the object that the disk was packed into: what VPC itself can say.
      checksum: text(props["fileSha256"]),
      build: buildKey(text(props["key"])),
    },
    tags: texts(props["tags"]),
  };
}
